"""Training a generator against a discriminator by alternating steps.

The non-saturating loss of Goodfellow et al. (2014), Generative Adversarial Nets, https://arxiv.org/abs/1406.2661:
the discriminator minimises ``softplus(-D(x)) + softplus(D(G(z)))``, the generator ``softplus(-D(G(z)))``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from nnbench.core.case import derived_seed
from nnbench.core.dataset import Array, Split
from nnbench.core.lazy import keras
from nnbench.core.recipe import Recipe
from nnbench.runtime.engine import engine
from nnbench.training.finite import require_finite
from nnbench.training.optimizer import create_optimizer
from nnbench.training.record import OnEpoch, TrainingRecord


def fit_adversarial(
    generator: Any,
    discriminator: Any,
    split: Split,
    recipe: Recipe,
    *,
    seed: int,
    on_epoch: OnEpoch = lambda *_: None,
) -> TrainingRecord:
    """Train both networks in place, a discriminator step and a generator step per batch.

    Args:
        generator: latent (n, d), standard normal, to samples (n, *shape).
        discriminator: samples (n, *shape) to logits (n, 1), higher meaning real.
        split: real samples in ``x``; ``y`` is not used.
        seed: decides the order of samples and the latent noise.

    Raises:
        DivergedError: a loss or a weight stopped being finite.
    """
    batch = min(recipe.batch_size, len(split))
    epochs, steps = recipe.epochs_for(len(split)), len(split) // batch
    update = _alternating_step(generator, discriminator, recipe, epochs * steps)
    latent = int(generator.input_shape[-1])
    rng = np.random.default_rng(derived_seed(seed, "adversarial"))
    record, start = TrainingRecord(), time.perf_counter()
    for epoch in range(epochs):
        losses = []
        for real in _batches(split.x, batch, rng):
            noise = rng.standard_normal((2, batch, latent), dtype=np.float32)
            losses.append(update(real, noise))
            if not record.seconds["first_step"]:
                _host(losses)
                start = _lap(record, "first_step", start)
        by_network = np.mean(_host(losses), axis=0)
        start = _lap(record, "steady" if epoch else "warmup", start)
        record.steady_samples += steps * batch if epoch else 0
        record.log(discriminator_loss=by_network[0], generator_loss=by_network[1])
        on_epoch(epoch + 1, epochs)
    require_finite(generator, discriminator)
    return record


def latent_noise(generator: Any, n: int, *, seed: int) -> Array:
    """Return `n` standard normal latent vectors (n, d) for a generator, repeatable by `seed`."""
    rng = np.random.default_rng(derived_seed(seed, "latent"))
    return rng.standard_normal((n, int(generator.input_shape[-1])), dtype=np.float32)


def _alternating_step(generator: Any, discriminator: Any, recipe: Recipe, steps: int) -> Any:
    softplus, mean = keras.ops.softplus, keras.ops.mean

    def discriminator_loss(real: Any, z: Any) -> Any:
        fake = generator(z, training=True)
        return mean(softplus(-discriminator(real, training=True))) + mean(softplus(discriminator(fake, training=True)))

    def generator_loss(z: Any) -> Any:
        return mean(softplus(-discriminator(generator(z, training=True), training=True)))

    train = engine().training_step
    step_d = train(discriminator_loss, discriminator, [generator], create_optimizer(recipe, steps))
    step_g = train(generator_loss, generator, [discriminator], create_optimizer(recipe, steps))

    def update(real: Array, noise: Array) -> tuple[Any, Any]:
        return step_d(real, noise[0]), step_g(noise[1])

    return update


def _batches(x: Array, size: int, rng: np.random.Generator) -> Iterator[Array]:
    order = rng.permutation(len(x))
    for start in range(0, len(x) - size + 1, size):
        yield x[order[start : start + size]]


def _host(losses: list[tuple[Any, Any]]) -> Array:
    return np.asarray([[float(value) for value in pair] for pair in losses])


def _lap(record: TrainingRecord, phase: str, start: float) -> float:
    now = time.perf_counter()
    record.seconds[phase] += now - start
    return now
