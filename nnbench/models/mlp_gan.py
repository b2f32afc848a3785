"""A GAN of dense networks for points in the plane: the standard test of mode collapse.

Goodfellow et al. (2014); the sizes are those with which VEEGAN (Srivastava et al. 2017) and PacGAN (Lin et al. 2018,
section 4.1) count the modes of an 8-Gaussian ring and a 25-Gaussian grid: a generator of four batch-normalised layers
of 400 rectified units from a 2-dimensional normal latent, a discriminator of three maxout layers (Goodfellow et al.
2013) of 200 units with 5 pieces, weights from a normal distribution of deviation 0.02.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._inputs import flat_input
from nnbench.models._outputs import head, output_dtype
from nnbench.models._transformer import normal

PAPER = Paper("Generative adversarial nets", "Goodfellow et al.", 2014, "https://arxiv.org/abs/1406.2661")
PACGAN = Paper(
    "PacGAN: the power of two samples in generative adversarial networks",
    "Lin, Khetan, Fanti and Oh",
    2018,
    "https://arxiv.org/abs/1712.04086",
)

VARIANTS: dict[str, dict[str, Any]] = {
    "mlp_gan": {"paper": PACGAN},
    "mlp_gan_small": {
        "generator_widths": (128, 128),
        "discriminator_widths": (128, 128),
        "pieces": 1,
        "batch_norm": False,
        "stddev": None,
    },
}


def discriminator(
    input_shape: Shape,
    classes: int | None = None,
    *,
    latent: int = 2,
    generator_widths: Sequence[int] = (400, 400, 400, 400),
    discriminator_widths: Sequence[int] = (200, 200, 200),
    pieces: int = 5,
    batch_norm: bool = True,
    stddev: float | None = 0.02,
) -> keras.Model:
    """Maps samples (batch, *input_shape) to one logit (batch, 1), positive for real ones; arguments as `mlp_gan`."""
    del latent, generator_widths, batch_norm  # the generator's
    _check_unconditional(classes)
    inputs, x = flat_input(input_shape)
    for i, width in enumerate(discriminator_widths, start=1):
        x = _maxout(x, width, pieces, stddev, f"hidden{i}")
    return keras.Model(inputs, head(x, 1, kernel_initializer=normal(stddev)), name="discriminator")


@register_model(
    family="gan",
    paper=PAPER,
    input_shape=(2,),
    classes=None,
    tasks=("generation",),
    inputs=("points",),
    feature_layer=None,
    network="generator",
    companions={"discriminator": discriminator},
    variants=VARIANTS,
)
def mlp_gan(
    input_shape: Shape,
    classes: int | None = None,
    *,
    latent: int = 2,
    generator_widths: Sequence[int] = (400, 400, 400, 400),
    discriminator_widths: Sequence[int] = (200, 200, 200),
    pieces: int = 5,
    batch_norm: bool = True,
    stddev: float | None = 0.02,
) -> keras.Model:
    """The generator: maps standard normal (batch, latent) to samples (batch, *input_shape) without bounds.

    Args:
        classes: None; the samples have no labels.
        latent: dimensions of the generator's input.
        generator_widths: units of its hidden layers.
        discriminator_widths: units of the discriminator's hidden layers.
        pieces: linear pieces of each maxout unit; 1 means rectified units in their place.
        batch_norm: normalise the generator's hidden layers.
        stddev: of the normal distribution that weights start from; None for Glorot's uniform one.
    """
    del discriminator_widths, pieces  # the discriminator's
    _check_unconditional(classes)
    x = inputs = keras.Input((latent,), name="latent")
    for i, width in enumerate(generator_widths, start=1):
        options = {"use_bias": not batch_norm, "kernel_initializer": normal(stddev)}
        x = keras.layers.Dense(width, name=f"hidden{i}", **options)(x)
        if batch_norm:
            x = keras.layers.BatchNormalization(momentum=0.95, epsilon=1e-4, name=f"norm{i}")(x)
        x = keras.layers.ReLU(name=f"relu{i}")(x)
    size = math.prod(side for side in input_shape if side is not None)
    x = keras.layers.Dense(size, kernel_initializer=normal(stddev), dtype=output_dtype(), name="values")(x)
    return keras.Model(
        inputs, keras.layers.Reshape(input_shape, name="samples", dtype=output_dtype())(x), name="generator"
    )


def _maxout(x: Any, width: int, pieces: int, stddev: float | None, name: str) -> Any:
    """Return (batch, width) units, each the largest of `pieces` linear functions of `x`."""
    x = keras.layers.Dense(width * pieces, kernel_initializer=normal(stddev), name=name)(x)
    if pieces == 1:
        return keras.layers.ReLU(name=f"{name}_relu")(x)
    x = keras.layers.Reshape((pieces, width), name=f"{name}_pieces")(x)
    return keras.layers.GlobalMaxPooling1D(name=f"{name}_maxout")(x)


def _check_unconditional(classes: int | None) -> None:
    if classes is not None:
        raise ArgumentError(f"classes must be None: this GAN knows no labels. Received: {classes}.")
