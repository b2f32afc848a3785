"""DCGAN: a GAN of strided convolutions.

Radford, Metz and Chintala (2016): kernels of 4 as in the authors' Torch code, batch normalisation except at the ends,
ReLU and tanh in the generator, leaky ReLU of slope 0.2 in the discriminator, weights from N(0, 0.02), no biases. The
number of doublings follows the image: from 4×4 to 64×64 takes four, as published; 28×28 starts at 7×7.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.adversarial import AdversarialObjective
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._convolution import normalization, relu
from nnbench.models._gan import check_unconditional
from nnbench.models._inputs import image_input
from nnbench.models._outputs import output_dtype
from nnbench.models._pixels import UNIT, Bounds, centred, channels, within

PAPER = Paper(
    "Unsupervised representation learning with deep convolutional generative adversarial networks",
    "Radford, Metz and Chintala",
    2016,
    "https://arxiv.org/abs/1511.06434",
)

VARIANTS: dict[str, dict[str, Any]] = {
    "dcgan_64": {},
    "dcgan_32": {"input_shape": (32, 32, 3)},
    "dcgan_28": {"input_shape": (28, 28, 1)},
    "dcgan_tiny": {"input_shape": (8, 8, 1), "width": 16, "latent": 16},
}

STDDEV = 0.02
LARGEST_BASE = 8


def discriminator(
    input_shape: Shape,
    classes: int | None = None,
    *,
    width: int = 64,
    bounds: Bounds = UNIT,
) -> keras.Model:
    """Maps images (batch, *input_shape) within `bounds` to one logit (batch, 1), positive for real ones."""
    check_unconditional(classes)
    base, halvings = _plan(input_shape)
    inputs, x = image_input(input_shape)
    x = centred(x, bounds)
    for i in range(halvings):
        layer = keras.layers.Conv2D(width * 2**i, 4, strides=2, padding="same", **_options(f"conv{i + 1}"))
        x = layer(x)
        x = _normalized(x, f"norm{i + 1}") if i else x
        x = keras.layers.LeakyReLU(0.2, name=f"leaky{i + 1}")(x)
    x = keras.layers.Conv2D(1, base, dtype=output_dtype(), **_options("decision"))(x)
    return keras.Model(inputs, keras.layers.Flatten(name="logits", dtype=output_dtype())(x), name="discriminator")


@register_model(
    family="gan",
    licence="BSD-3-Clause",
    paper=PAPER,
    input_shape=(64, 64, 3),
    classes=None,
    tasks=("generation",),
    inputs=("image",),
    feature_layer=None,
    network="generator",
    companions={"discriminator": discriminator},
    objective=AdversarialObjective("non_saturating"),
    variants=VARIANTS,
)
def dcgan(
    input_shape: Shape,
    classes: int | None = None,
    *,
    latent: int = 100,
    width: int = 64,
    bounds: Bounds = UNIT,
) -> keras.Model:
    """The generator: maps standard normal (batch, latent) to images (batch, *input_shape) within `bounds`.

    Args:
        classes: None; the images have no labels.
        latent: dimensions of the generator's input.
        width: maps next to the image, in both networks; they double with every halving of the sides.
        bounds: lowest and highest value of a pixel.
    """
    check_unconditional(classes)
    base, doublings = _plan(input_shape)
    inputs = keras.Input((latent,), name="latent")
    x = keras.layers.Reshape((1, 1, latent), name="seed")(inputs)
    x = keras.layers.Conv2DTranspose(width * 2 ** (doublings - 1), base, **_options("conv0"))(x)
    x = relu(_normalized(x, "norm0"))
    for i in range(1, doublings):
        layer = keras.layers.Conv2DTranspose
        x = layer(width * 2 ** (doublings - 1 - i), 4, strides=2, padding="same", **_options(f"conv{i}"))(x)
        x = relu(_normalized(x, f"norm{i}"))
    return keras.Model(inputs, _image(x, input_shape, bounds), name="generator")


def _image(x: Any, input_shape: Shape, bounds: Bounds) -> Any:
    options = {"strides": 2, "padding": "same", "activation": "tanh", "dtype": output_dtype(), **_options("pixels")}
    return within(keras.layers.Conv2DTranspose(channels(input_shape), 4, **options)(x), input_shape, bounds)


def _plan(input_shape: Shape) -> tuple[tuple[int, int], int]:
    """Return the smallest sides, and how often they double."""
    image_input(input_shape)
    sides = [side for side in input_shape[:2] if side is not None]
    doublings = 0
    while min(sides) > 4 and not any(side % 2 for side in sides):
        sides, doublings = [side // 2 for side in sides], doublings + 1
    if not doublings or max(sides) > LARGEST_BASE:
        raise ArgumentError(
            f"input_shape must have sides of 3 to {LARGEST_BASE} times a power of two. Received: {input_shape}."
        )
    return (sides[0], sides[1]), doublings


def _options(name: str) -> dict[str, Any]:
    return {"use_bias": False, "kernel_initializer": keras.initializers.RandomNormal(stddev=STDDEV), "name": name}


def _normalized(x: Any, name: str) -> Any:
    return normalization(x, gamma_initializer=keras.initializers.RandomNormal(1.0, STDDEV), name=name)
