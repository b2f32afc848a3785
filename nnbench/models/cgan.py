"""The conditional GAN: generator and discriminator are told the class.

Mirza and Osindero (2014), section 4.1, for MNIST: noise and one-hot label are each mapped to rectified units before a
joint layer; the discriminator does the same with maxout layers. The noise is standard normal like that of the other
GANs here, where the paper draws it uniformly from the unit cube. Dropout follows every hidden layer; the paper
gives its rate alone.
"""

from __future__ import annotations

import math
from typing import Any

from nnbench.core.adversarial import AdversarialObjective
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._inputs import flat_input
from nnbench.models._outputs import head, output_dtype
from nnbench.models._pixels import Bounds

PAPER = Paper("Conditional generative adversarial nets", "Mirza and Osindero", 2014, "https://arxiv.org/abs/1411.1784")

VARIANTS: dict[str, dict[str, Any]] = {
    "cgan_28": {},
    "cgan_tiny": {
        "input_shape": (8, 8, 1),
        "latent": 16,
        "generator_widths": (16, 16, 32),
        "discriminator_widths": (8, 4, 16),
        "dropout": 0.0,
    },
}


def discriminator(
    input_shape: Shape,
    classes: int,
    *,
    discriminator_widths: tuple[int, int, int] = (240, 50, 240),
    dropout: float = 0.5,
    bounds: Bounds = (0.0, 1.0),
) -> keras.Model:
    """Maps samples (batch, *input_shape) within `bounds` and one-hot labels (batch, classes) to one logit (batch, 1).

    The logit is positive for real samples of that class.

    Args:
        classes: number of labels.
        discriminator_widths: maxout units from the sample, from the label, and of the joint layer.
        dropout: share of hidden units dropped in training.
        bounds: lowest and highest value of a sample.
    """
    sample, x = flat_input(input_shape)
    low, high = bounds
    if bounds != (0.0, 1.0):
        x = keras.layers.Rescaling(1 / (high - low), -low / (high - low), name="rescaled")(x)
    label = _label(classes)
    from_sample, from_label, joint = discriminator_widths
    h1 = _maxout(x, from_sample, 5, "from_sample", dropout)
    h2 = _maxout(label, from_label, 5, "from_label", dropout)
    x = _maxout(keras.layers.Concatenate(name="joined")([h1, h2]), joint, 4, "joint", dropout)
    return keras.Model([sample, label], head(x, 1), name="discriminator")


@register_model(
    family="gan",
    paper=PAPER,
    input_shape=(28, 28, 1),
    classes=10,
    tasks=("generation",),
    inputs=("image", "points"),
    feature_layer=None,
    network="generator",
    companions={"discriminator": discriminator},
    objective=AdversarialObjective("non_saturating"),
    variants=VARIANTS,
)
def cgan(
    input_shape: Shape,
    classes: int,
    *,
    latent: int = 100,
    generator_widths: tuple[int, int, int] = (200, 1000, 1200),
    dropout: float = 0.5,
    bounds: Bounds = (0.0, 1.0),
) -> keras.Model:
    """The generator: maps normal noise (batch, latent) and one-hot labels (batch, classes) to samples within `bounds`.

    Args:
        classes: number of labels.
        latent: dimensions of the generator's noise.
        generator_widths: units from the noise, from the label, and of the joint layer.
        dropout: share of hidden units dropped in training, in both networks.
        bounds: lowest and highest value of a sample.
    """
    noise, label = keras.Input((latent,), name="latent"), _label(classes)
    from_latent, from_label, joint = generator_widths
    h1 = _rectified(noise, from_latent, "from_latent", dropout)
    h2 = _rectified(label, from_label, "from_label", dropout)
    x = _rectified(keras.layers.Concatenate(name="joined")([h1, h2]), joint, "joint", dropout)
    size = math.prod(side for side in input_shape if side is not None)
    x = keras.layers.Dense(size, activation="sigmoid", dtype=output_dtype(), name="values")(x)
    low, high = bounds
    if bounds != (0.0, 1.0):
        x = keras.layers.Rescaling(high - low, low, dtype=output_dtype(), name="rescaled")(x)
    x = keras.layers.Reshape(input_shape, dtype=output_dtype(), name="samples")(x)
    return keras.Model([noise, label], x, name="generator")


def _label(classes: int | None) -> Any:
    if classes is None:
        raise ArgumentError("classes must be the number of labels that this GAN is told. Received: None.")
    return keras.Input((classes,), name="label")


def _rectified(x: Any, width: int, name: str, dropout: float) -> Any:
    x = keras.layers.Dense(width, activation="relu", name=name)(x)
    return _dropped(x, name, dropout)


def _maxout(x: Any, width: int, pieces: int, name: str, dropout: float) -> Any:
    """Return (batch, width) units, each the largest of `pieces` linear functions of `x`."""
    x = keras.layers.Dense(width * pieces, name=name)(x)
    x = keras.layers.Reshape((pieces, width), name=f"{name}_pieces")(x)
    x = keras.layers.GlobalMaxPooling1D(name=f"{name}_maxout")(x)
    return _dropped(x, name, dropout)


def _dropped(x: Any, name: str, rate: float) -> Any:
    return keras.layers.Dropout(rate, name=f"{name}_dropout")(x) if rate else x
