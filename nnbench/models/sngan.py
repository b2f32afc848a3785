"""SNGAN: residual GANs whose discriminator is spectrally normalised.

Miyato, Kataoka, Koyama and Yoshida (2018), tables 4 to 6, without labels, as the library mimicry builds and trains
them: bilinear doubling where the paper's own code takes the nearest pixel, the sum over all positions before the last
layer, hinge loss, five discriminator steps per generator step. Biases start at zero, where PyTorch draws them at
random.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnbench.core.adversarial import AdversarialObjective
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._gan import check_unconditional
from nnbench.models._outputs import output_dtype
from nnbench.models._pixels import UNIT, Bounds
from nnbench.models._residual_gan import generated, judged, spectral

PAPER = Paper(
    "Spectral normalization for generative adversarial networks",
    "Miyato, Kataoka, Koyama and Yoshida",
    2018,
    "https://arxiv.org/abs/1802.05957",
)

VARIANTS: dict[str, dict[str, Any]] = {
    "sngan_32": {},
    "sngan_48": {
        "input_shape": (48, 48, 3),
        "generator_widths": (512, 256, 128, 64),
        "discriminator_widths": (64, 128, 256, 512, 1024),
        "halvings": 4,
    },
    "sngan_64": {
        "input_shape": (64, 64, 3),
        "generator_widths": (1024, 512, 256, 128, 64),
        "discriminator_widths": (64, 128, 256, 512, 1024),
        "halvings": 5,
    },
    "sngan_128": {
        "input_shape": (128, 128, 3),
        "generator_widths": (1024, 1024, 512, 256, 128, 64),
        "discriminator_widths": (64, 128, 256, 512, 1024, 1024),
        "halvings": 5,
    },
    "sngan_tiny": {
        "input_shape": (8, 8, 1),
        "latent": 16,
        "generator_widths": (16, 16),
        "discriminator_widths": (16, 16),
        "halvings": 1,
    },
}

OBJECTIVE = AdversarialObjective("hinge", discriminator_steps=5)


def discriminator(
    input_shape: Shape,
    classes: int | None = None,
    *,
    discriminator_widths: Sequence[int] = (128, 128, 128, 128),
    halvings: int = 2,
    bounds: Bounds = UNIT,
) -> keras.Model:
    """Maps images (batch, *input_shape) within `bounds` to one logit (batch, 1), higher for real ones.

    Args:
        classes: None; the images have no labels.
        discriminator_widths: maps of each block's output.
        halvings: so many of the blocks, the first ones, halve the sides.
        bounds: lowest and highest value of a pixel.
    """
    from nnbench.layers.spectral import SpectralDense

    check_unconditional(classes)
    inputs, x = judged(input_shape, discriminator_widths, halvings=halvings, convolution=spectral, bounds=bounds)
    x = keras.layers.Identity(name="features")(keras.ops.sum(x, axis=(1, 2)))
    return keras.Model(inputs, SpectralDense(1, name="logits", dtype=output_dtype())(x), name="discriminator")


@register_model(
    family="gan",
    licence="MIT",
    paper=PAPER,
    input_shape=(32, 32, 3),
    classes=None,
    tasks=("generation",),
    inputs=("image",),
    feature_layer=None,
    network="generator",
    companions={"discriminator": discriminator},
    objective=OBJECTIVE,
    variants=VARIANTS,
)
def sngan(
    input_shape: Shape,
    classes: int | None = None,
    *,
    latent: int = 128,
    generator_widths: Sequence[int] = (256, 256, 256, 256),
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
    return generated(input_shape, latent=latent, widths=generator_widths, interpolation="bilinear", bounds=bounds)
