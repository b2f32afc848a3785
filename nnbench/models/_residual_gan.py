"""The residual generator and discriminator that WGAN-GP and SNGAN share.

Gulrajani et al. (2017), appendix F, and Miyato et al. (2018), appendix B: pre-activated blocks of two 3×3 convolutions
beside a 1×1 shortcut. Kernels are uniform over the mean of fan-in and fan-out, with the gain of a ReLU within blocks;
biases start at zero. Shapes: B batch, H and W sides, C channels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape
from nnbench.models._convolution import normalization, relu
from nnbench.models._inputs import image_input
from nnbench.models._outputs import output_dtype, stage
from nnbench.models._pixels import Bounds, centred, channels, within

Convolution = Callable[..., Any]
"""``convolution(x, maps, size, name=…, kernel_initializer=…)``: stride 1, sides kept, with biases."""


def plain(x: Any, maps: int, size: int, **options: Any) -> Any:
    """Return an ordinary convolution of `x`; a `Convolution`."""
    return keras.layers.Conv2D(maps, size, padding="same", **options)(x)


def spectral(x: Any, maps: int, size: int, **options: Any) -> Any:
    """Return a spectrally normalised convolution of `x`; a `Convolution`."""
    from nnbench.layers.spectral import SpectralConv2D

    return SpectralConv2D(maps, size, **options)(x)


def generated(input_shape: Shape, *, latent: int, widths: Sequence[int], interpolation: str, bounds: Bounds) -> Any:
    """Return the generator: standard normal (B, latent) to images (B, *input_shape) within `bounds`.

    Args:
        widths: maps of the smallest image, then of each block's output; every block doubles the sides.
        interpolation: how a block doubles them, ``"nearest"`` or ``"bilinear"``.

    Raises:
        ArgumentError: sides that cannot be halved so often, or a rank other than an image's.
    """
    sides = smallest_sides(input_shape, len(widths) - 1)
    inputs = keras.Input((latent,), name="latent")
    x = keras.layers.Dense(math.prod(sides) * widths[0], name="seed")(inputs)
    x = keras.layers.Reshape((*sides, widths[0]), name="seed_maps")(x)
    for i, maps in enumerate(widths[1:], start=1):
        x = stage(_doubled(x, maps, interpolation, f"block{i}"), i)
    x = relu(normalization(x, name="norm"))
    options = {"activation": "tanh", "dtype": output_dtype(), "name": "pixels"}
    x = plain(x, channels(input_shape), 3, **options)
    return keras.Model(inputs, within(x, input_shape, bounds), name="generator")


def judged(
    input_shape: Shape, widths: Sequence[int], *, halvings: int, convolution: Convolution, bounds: Bounds
) -> Any:
    """Return the discriminator's ``(inputs, x)``: images (B, *input_shape) and their last maps (B, H, W, C), rectified.

    Args:
        widths: maps of each block's output.
        halvings: so many of the blocks, the first ones, halve the sides.

    Raises:
        ArgumentError: sides too small to be halved so often, or a rank other than an image's.
    """
    inputs, x = image_input(input_shape, least=2**halvings)
    x = stage(_first(centred(x, bounds), widths[0], convolution), 1)
    for i, maps in enumerate(widths[1:], start=2):
        x = stage(_judging(x, maps, i <= halvings, convolution, f"block{i}"), i)
    return inputs, relu(x)


def smallest_sides(input_shape: Shape, doublings: int) -> tuple[int, int]:
    """Return the sides from which `doublings` lead to `input_shape`'s.

    Raises:
        ArgumentError: there are none, or the rank is not an image's.
    """
    image_input(input_shape)
    height, width = (side or 0 for side in input_shape[:2])
    factor = 2**doublings
    if height % factor or width % factor:
        raise ArgumentError(f"input_shape must have sides that are multiples of {factor}. Received: {input_shape}.")
    return height // factor, width // factor


def _doubled(x: Any, maps: int, interpolation: str, name: str) -> Any:
    """Return (B, 2H, 2W, maps)."""
    larger = keras.layers.UpSampling2D
    h = relu(normalization(x, name=f"{name}_norm1"))
    h = larger(interpolation=interpolation, name=f"{name}_upsampled")(h)
    h = plain(h, maps, 3, **_named(f"{name}_conv1"))
    h = relu(normalization(h, name=f"{name}_norm2"))
    h = plain(h, maps, 3, **_named(f"{name}_conv2"))
    shortcut = larger(interpolation=interpolation, name=f"{name}_shortcut_upsampled")(x)
    shortcut = plain(shortcut, maps, 1, name=f"{name}_shortcut")
    return keras.layers.Add(name=f"{name}_add")([h, shortcut])


def _first(x: Any, maps: int, convolution: Convolution) -> Any:
    """Return (B, H/2, W/2, maps) of pixels, which are not rectified first; the shortcut pools before it convolves."""
    h = relu(convolution(x, maps, 3, **_named("block1_conv1")))
    h = convolution(h, maps, 3, **_named("block1_conv2"))
    h = keras.layers.AveragePooling2D(2, name="block1_pooled")(h)
    shortcut = keras.layers.AveragePooling2D(2, name="block1_shortcut_pooled")(x)
    shortcut = convolution(shortcut, maps, 1, name="block1_shortcut")
    return keras.layers.Add(name="block1_add")([h, shortcut])


def _judging(x: Any, maps: int, halves: bool, convolution: Convolution, name: str) -> Any:
    """Return (B, H, W, maps), or half the sides."""
    h = convolution(relu(x), x.shape[-1], 3, **_named(f"{name}_conv1"))
    h = convolution(relu(h), maps, 3, **_named(f"{name}_conv2"))
    shortcut = x
    if halves or x.shape[-1] != maps:
        shortcut = convolution(x, maps, 1, name=f"{name}_shortcut")
    if halves:
        h = keras.layers.AveragePooling2D(2, name=f"{name}_pooled")(h)
        shortcut = keras.layers.AveragePooling2D(2, name=f"{name}_shortcut_pooled")(shortcut)
    return keras.layers.Add(name=f"{name}_add")([h, shortcut])


def _named(name: str) -> dict[str, Any]:
    gain = keras.initializers.VarianceScaling(2.0, mode="fan_avg", distribution="uniform")
    return {"name": name, "kernel_initializer": gain}
