"""A GAN of dense networks for points in the plane: the standard test of mode collapse.

Goodfellow et al. (2014); the sizes are those with which VEEGAN (Srivastava et al. 2017) and PacGAN (Lin et al. 2018,
section 4.1) count the modes of an 8-Gaussian ring and a 25-Gaussian grid: a generator of four batch-normalised layers
of 400 rectified units from a 2-dimensional normal latent, a discriminator of three maxout layers (Goodfellow et al.
2013) of 200 units with 5 pieces, weights from a normal distribution of deviation 0.02. PacGAN's discriminators judge
several samples at once, all real or all generated. The variant of WGAN-GP is that of the authors' code for toy data:
three layers of 512 rectified units in both networks, where the weights of hidden layers start from He's distribution.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from nnbench.core.adversarial import AdversarialObjective
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._gan import WASSERSTEIN_GP, WGAN_GP, check_unconditional
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


def _rectified(*widths: int) -> dict[str, Any]:
    """Return the arguments of two like networks of rectified units without normalisation."""
    same = {"generator_widths": widths, "discriminator_widths": widths}
    return {**same, "pieces": 1, "batch_norm": False, "stddev": None}


PACKED = {"paper": PACGAN, "licence": "MIT"}
VARIANTS: dict[str, dict[str, Any]] = {
    "mlp_gan": PACKED,
    "pacgan2": {**PACKED, "pac": 2},
    "pacgan3": {**PACKED, "pac": 3},
    "pacgan4": {**PACKED, "pac": 4},
    "wgan_gp_mlp": {
        "paper": WGAN_GP,
        "licence": "MIT",
        "objective": WASSERSTEIN_GP,
        **_rectified(512, 512, 512),
        "hidden": "he_uniform",
    },
    "mlp_gan_small": _rectified(128, 128),
    "mlp_gan_tiny": _rectified(32, 32),
    "pacgan_tiny": {**PACKED, "pac": 2, **_rectified(32, 32)},
}


def discriminator(
    input_shape: Shape,
    classes: int | None = None,
    *,
    discriminator_widths: Sequence[int] = (200, 200, 200),
    pieces: int = 5,
    stddev: float | None = 0.02,
    hidden: str | None = None,
    pac: int = 1,
) -> keras.Model:
    """Maps samples to one logit (batch, 1), positive for real ones.

    Samples are (batch, *input_shape), or (batch, pac, *input_shape) where `pac` is above 1.

    Args:
        classes: None; the samples have no labels.
        discriminator_widths: units of the hidden layers.
        pieces: linear pieces of each maxout unit; 1 means rectified units in their place.
        stddev, hidden: as in `mlp_gan`.
        pac: samples that are judged at once.
    """
    check_unconditional(classes)
    if pac < 1:
        raise ArgumentError(f"pac must be at least 1. Received: {pac}.")
    inputs, x = flat_input(input_shape if pac == 1 else (pac, *input_shape))
    for i, width in enumerate(discriminator_widths, start=1):
        x = _maxout(x, width, pieces, hidden or normal(stddev), f"hidden{i}")
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
    objective=AdversarialObjective("non_saturating"),
    variants=VARIANTS,
)
def mlp_gan(
    input_shape: Shape,
    classes: int | None = None,
    *,
    latent: int = 2,
    generator_widths: Sequence[int] = (400, 400, 400, 400),
    batch_norm: bool = True,
    stddev: float | None = 0.02,
    hidden: str | None = None,
) -> keras.Model:
    """The generator: maps standard normal (batch, latent) to samples (batch, *input_shape) without bounds.

    Args:
        classes: None; the samples have no labels.
        latent: dimensions of the generator's input.
        generator_widths: units of its hidden layers.
        batch_norm: normalise the generator's hidden layers.
        stddev: of the normal distribution that weights start from; None for Glorot's uniform one.
        hidden: name of the Keras initialiser of hidden layers, in place of that distribution.
    """
    check_unconditional(classes)
    x = inputs = keras.Input((latent,), name="latent")
    for i, width in enumerate(generator_widths, start=1):
        options = {"use_bias": not batch_norm, "kernel_initializer": hidden or normal(stddev)}
        x = keras.layers.Dense(width, name=f"hidden{i}", **options)(x)
        if batch_norm:
            x = keras.layers.BatchNormalization(momentum=0.95, epsilon=1e-4, name=f"norm{i}")(x)
        x = keras.layers.ReLU(name=f"relu{i}")(x)
    size = math.prod(side for side in input_shape if side is not None)
    x = keras.layers.Dense(size, kernel_initializer=normal(stddev), dtype=output_dtype(), name="values")(x)
    return keras.Model(
        inputs, keras.layers.Reshape(input_shape, name="samples", dtype=output_dtype())(x), name="generator"
    )


def _maxout(x: Any, width: int, pieces: int, initializer: Any, name: str) -> Any:
    """Return (batch, width) units, each the largest of `pieces` linear functions of `x`."""
    x = keras.layers.Dense(width * pieces, kernel_initializer=initializer, name=name)(x)
    if pieces == 1:
        return keras.layers.ReLU(name=f"{name}_relu")(x)
    x = keras.layers.Reshape((pieces, width), name=f"{name}_pieces")(x)
    return keras.layers.GlobalMaxPooling1D(name=f"{name}_maxout")(x)
