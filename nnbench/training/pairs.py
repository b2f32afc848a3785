"""A generator and its discriminator, called in one way whatever they read: labels, and several samples at once.

Shapes: n samples, d latent dimensions, k classes, pac samples that the discriminator judges at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras


class Pair:
    """The two networks of a GAN.

    Attributes:
        latent: d.
        classes: k where both networks read one-hot labels; None where they know none.
        pac: 1 where the discriminator judges single samples.

    Args:
        generator: latent (n, d), and labels (n, k) where it is conditional, to samples (n, *shape).
        discriminator: samples (n, *shape) or packs (n / pac, pac, *shape), and labels, to logits, higher meaning real.

    Raises:
        ArgumentError: networks that do not fit together.
    """

    def __init__(self, generator: Any, discriminator: Any) -> None:
        self.generator = generator
        self.discriminator = discriminator
        self.shape = tuple(generator.outputs[0].shape[1:])
        self.latent, self.classes = latent_size(generator), label_count(generator)
        self.pac = self._pac()

    def generate(self, noise: Any, *labels: Any) -> Any:
        """Return samples (n, *shape) of noise (n, d) and labels (n, k), as in training."""
        return _called(self.generator, noise, labels, training=True)

    def pack(self, samples: Any) -> Any:
        """Return samples (n, *shape) as the discriminator reads them: as they are, or (n / pac, pac, *shape)."""
        return samples if self.pac == 1 else keras.ops.reshape(samples, (-1, self.pac, *self.shape))

    def judge(self, packs: Any, *labels: Any, training: bool = True) -> Any:
        """Return the logits (n / pac, 1) of what `pack` gives, and of labels (n, k)."""
        return _called(self.discriminator, packs, labels, training=training)

    def batch_size(self, wanted: int, available: int) -> int:
        """Return the samples of a step: at most `wanted`, a multiple of pac.

        Raises:
            ArgumentError: not even one pack.
        """
        size = min(wanted, available) // self.pac * self.pac
        if not size:
            raise ArgumentError(
                f"batch_size and the training samples must be at least {self.pac}, which this discriminator judges at "
                f"once. Received: {wanted} and {available}."
            )
        return size

    def _pac(self) -> int:
        given = tuple(self.discriminator.inputs[0].shape[1:])
        conditions = len(self.discriminator.inputs) - 1
        packed = given != self.shape
        if (given[1:] if packed else given) != self.shape or (packed and conditions):
            raise ArgumentError(f"discriminator must read the generator's samples {self.shape}. Received: {given}.")
        if conditions != (self.classes is not None) or label_count(self.discriminator) != self.classes:
            raise ArgumentError(
                f"discriminator must read the generator's labels ({self.classes or 'none'}). "
                f"Received: {label_count(self.discriminator) or 'none'}."
            )
        return int(given[0]) if packed else 1


def latent_size(generator: Any) -> int:
    """Return the dimensions of a generator's noise."""
    return int(generator.inputs[0].shape[-1])


def label_count(network: Any) -> int | None:
    """Return the number of classes that a conditional network is told; None for any other.

    Raises:
        ArgumentError: inputs beside these two.
    """
    others = network.inputs[1:]
    if len(others) > 1:
        raise ArgumentError(f"{network.name} must read labels at most, beside its input. Received: {len(others)} more.")
    return int(others[0].shape[-1]) if others else None


def one_hot(labels: Any, classes: int) -> Array:
    """Return labels (n,) as float32 rows (n, classes) with a one each.

    Raises:
        ArgumentError: a label that is not one of 0 … classes−1.
    """
    labels = np.asarray(labels)
    wrong = labels[(labels < 0) | (labels >= classes)]
    if wrong.size:
        raise ArgumentError(f"labels must lie from 0 to {classes - 1} for this GAN. Received: {wrong.flat[0]}.")
    rows: Array = np.eye(classes, dtype=np.float32)[labels]
    return rows


def _called(network: Any, x: Any, labels: tuple[Any, ...], *, training: bool) -> Any:
    return network([x, *labels] if labels else x, training=training)
