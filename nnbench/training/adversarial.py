"""Training a generator against a discriminator by alternating steps, on the losses of `nnbench.training.objectives`."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnbench.core.adversarial import AdversarialObjective
from nnbench.core.case import derived_seed
from nnbench.core.dataset import Array, Split
from nnbench.core.lazy import keras
from nnbench.core.recipe import Recipe
from nnbench.runtime.engine import engine
from nnbench.training.finite import require_finite
from nnbench.training.objectives import adversarial_loss
from nnbench.training.objectives.gradient_penalty import gradient_penalty
from nnbench.training.optimizer import create_optimizer
from nnbench.training.pairs import Pair, label_count, latent_size, one_hot
from nnbench.training.record import OnEpoch, TrainingRecord

DEFAULT = AdversarialObjective()


@dataclass(frozen=True)
class _Batch:
    """What one step of each network reads.

    Attributes:
        noise: (2, n, d), for the discriminator's step and for the generator's.
        mix: (n / pac,), uniform in [0, 1), for the gradient penalty.
        labels: (n, k) in a tuple, or nothing.
    """

    real: Array
    noise: Array
    mix: Array
    labels: tuple[Array, ...]


@dataclass(frozen=True)
class _Steps:
    """The compiled steps, which return their losses."""

    discriminator: Callable[..., Any]
    generator: Callable[..., Any]

    def run(self, batch: _Batch, *, generator: bool, losses: dict[str, list[Any]]) -> None:
        """Run a step of the discriminator, and one of the generator if asked to; append their losses."""
        value = self.discriminator(batch.real, batch.noise[0], batch.mix, *batch.labels)
        losses["discriminator_loss"].append(value)
        if generator:
            losses["generator_loss"].append(self.generator(batch.noise[1], *batch.labels))


def fit_adversarial(
    generator: Any,
    discriminator: Any,
    split: Split,
    recipe: Recipe,
    *,
    objective: AdversarialObjective = DEFAULT,
    seed: int,
    on_epoch: OnEpoch = lambda *_: None,
) -> TrainingRecord:
    """Train both networks in place: a discriminator step per batch, a generator step after every few of them.

    Networks that read labels are trained on those of the real samples. A discriminator that judges several samples at
    once gets each batch in packs of so many.

    Args:
        generator, discriminator: see `nnbench.training.pairs.Pair`.
        split: real samples in ``x``, their labels in ``y``, which only conditional networks use.
        recipe: its batch size counts samples, and its epochs passes over the real ones.
        objective: the losses, and how many steps the discriminator takes before the generator takes one. The
            generator takes one at the end of every epoch, too.
        seed: decides the order of samples and the latent noise.

    Raises:
        DivergedError: a loss or a weight stopped being finite.
        ArgumentError: networks, labels or a batch size that do not fit together.
    """
    pair = Pair(generator, discriminator)
    batch = pair.batch_size(recipe.batch_size, len(split))
    epochs, steps = recipe.epochs_for(len(split)), len(split) // batch
    train = _compiled(pair, objective, recipe, epochs, steps)
    feed = _Feed(pair, split, batch, seed)
    record, start = TrainingRecord(), time.perf_counter()
    for epoch in range(epochs):
        losses: dict[str, list[Any]] = {"discriminator_loss": [], "generator_loss": []}
        for i, data in enumerate(feed.epoch(), start=1):
            train.run(data, generator=i == steps or not i % objective.discriminator_steps, losses=losses)
            if not record.seconds["first_step"] and losses["generator_loss"]:
                _means(losses)
                start = _lap(record, "first_step", start)
        means = _means(losses)
        start = _lap(record, "steady" if epoch else "warmup", start)
        record.steady_samples += steps * batch if epoch else 0
        record.log(**means)
        on_epoch(epoch + 1, epochs)
    require_finite(generator, discriminator)
    return record


def latent_noise(generator: Any, n: int, *, seed: int, labels: Array | None = None) -> Any:
    """Return what a generator makes `n` samples of, repeatable by `seed`: standard normal latent vectors (n, d).

    A conditional generator gets a list of these and of one-hot labels (n, k).

    Args:
        labels: (m,), from which a conditional generator's are drawn; by default all classes are equally likely.

    Raises:
        ArgumentError: a label that the generator does not know, or inputs beside latent vectors and labels.
    """
    rng = np.random.default_rng(derived_seed(seed, "latent"))
    noise = rng.standard_normal((n, latent_size(generator)), dtype=np.float32)
    classes = label_count(generator)
    if classes is None:
        return noise
    return [noise, one_hot(rng.choice(np.arange(classes) if labels is None else labels, n), classes)]


class _Feed:
    """Batches of real samples in a new order every epoch, with what is drawn at random beside them."""

    def __init__(self, pair: Pair, split: Split, size: int, seed: int) -> None:
        self.pair = pair
        self.x = split.x
        self.labels = () if pair.classes is None else (one_hot(split.y, pair.classes),)
        self.size = size
        self.rng = np.random.default_rng(derived_seed(seed, "adversarial"))
        self.mixing = np.random.default_rng(derived_seed(seed, "mix"))

    def epoch(self) -> Iterator[_Batch]:
        """Yield the whole batches of one pass."""
        order, size = self.rng.permutation(len(self.x)), self.size
        for start in range(0, len(self.x) - size + 1, size):
            chosen = order[start : start + size]
            noise = self.rng.standard_normal((2, size, self.pair.latent), dtype=np.float32)
            mix = self.mixing.random(size // self.pair.pac, dtype=np.float32)
            yield _Batch(self.x[chosen], noise, mix, tuple(labels[chosen] for labels in self.labels))


def _compiled(pair: Pair, objective: AdversarialObjective, recipe: Recipe, epochs: int, steps: int) -> _Steps:
    loss = adversarial_loss(objective.loss)

    def discriminator_loss(real: Any, noise: Any, mix: Any, *labels: Any) -> Any:
        real, fake = pair.pack(real), pair.pack(keras.ops.stop_gradient(pair.generate(noise, *labels)))
        value = loss.discriminator_loss(pair.judge(real, *labels), pair.judge(fake, *labels))
        if not objective.gradient_penalty:
            return value

        def critic(packs: Any) -> Any:
            return pair.judge(packs, *labels, training=False)

        return value + objective.gradient_penalty * gradient_penalty(critic, real, fake, mix)

    def generator_loss(noise: Any, *labels: Any) -> Any:
        return loss.generator_loss(pair.judge(pair.pack(pair.generate(noise, *labels)), *labels))

    generator, discriminator, train = pair.generator, pair.discriminator, engine().training_step
    rounds = math.ceil(steps / objective.discriminator_steps)
    return _Steps(
        train(discriminator_loss, discriminator, [generator], create_optimizer(recipe, epochs * steps)),
        train(generator_loss, generator, [discriminator], create_optimizer(recipe, epochs * rounds)),
    )


def _means(losses: dict[str, list[Any]]) -> dict[str, float]:
    return {name: float(np.mean([float(value) for value in values])) for name, values in losses.items()}


def _lap(record: TrainingRecord, phase: str, start: float) -> float:
    now = time.perf_counter()
    record.seconds[phase] += now - start
    return now
