"""WGAN-GP: a residual GAN trained on the Wasserstein distance, with a penalty on the critic's gradient.

Gulrajani, Ahmed, Arjovsky, Dumoulin and Courville (2017), appendix F, as the authors' CIFAR-10 code builds it without
labels: blocks double by the nearest pixel before their first convolution (the text says the second), batch
normalisation in the generator alone, the mean over all positions before the critic's last layer, five critic steps per
generator step, penalty weight 10. For points in the plane, `wgan_gp_mlp` is a variant of the MLP GAN.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.models._gan import WASSERSTEIN_GP, WGAN_GP, check_unconditional
from nnbench.models._outputs import head
from nnbench.models._pixels import UNIT, Bounds
from nnbench.models._residual_gan import generated, judged, plain

VARIANTS: dict[str, dict[str, Any]] = {
    "wgan_gp_32": {},
    "wgan_gp_tiny": {
        "input_shape": (8, 8, 1),
        "latent": 16,
        "generator_widths": (16, 16),
        "discriminator_widths": (16, 16),
        "halvings": 1,
    },
}


def discriminator(
    input_shape: Shape,
    classes: int | None = None,
    *,
    discriminator_widths: Sequence[int] = (128, 128, 128, 128),
    halvings: int = 2,
    bounds: Bounds = UNIT,
) -> keras.Model:
    """The critic: maps images (batch, *input_shape) within `bounds` to a score (batch, 1), higher for real ones.

    Args:
        classes: None; the images have no labels.
        discriminator_widths: maps of each block's output.
        halvings: so many of the blocks, the first ones, halve the sides.
        bounds: lowest and highest value of a pixel.
    """
    check_unconditional(classes)
    inputs, x = judged(input_shape, discriminator_widths, halvings=halvings, convolution=plain, bounds=bounds)
    x = keras.layers.GlobalAveragePooling2D(name="average")(x)
    return keras.Model(inputs, head(x, 1), name="discriminator")


@register_model(
    family="gan",
    licence="MIT",
    paper=WGAN_GP,
    input_shape=(32, 32, 3),
    classes=None,
    tasks=("generation",),
    inputs=("image",),
    feature_layer=None,
    network="generator",
    companions={"discriminator": discriminator},
    objective=WASSERSTEIN_GP,
    variants=VARIANTS,
)
def wgan_gp(
    input_shape: Shape,
    classes: int | None = None,
    *,
    latent: int = 128,
    generator_widths: Sequence[int] = (128, 128, 128, 128),
    bounds: Bounds = UNIT,
) -> keras.Model:
    """The generator: maps standard normal (batch, latent) to images (batch, *input_shape) within `bounds`.

    Args:
        classes: None; the images have no labels.
        latent: dimensions of the generator's input.
        generator_widths: maps of the smallest image, then of each block's output; every block doubles the sides.
        bounds: lowest and highest value of a pixel.
    """
    check_unconditional(classes)
    return generated(input_shape, latent=latent, widths=generator_widths, interpolation="nearest", bounds=bounds)
