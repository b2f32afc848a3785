"""The U-Net of denoising diffusion probabilistic models: it predicts the noise in an image.

Ho, Jain and Abbeel (2020), appendix B, as the authors' code builds it: pre-activated residual blocks with group
normalisation (32 groups, ε 1e-6) and swish, to which a projection of the timestep is added; attention with one head
where the image has 16 sides; strided convolutions padded below and to the right alone; skips from every block. Kernels
are uniform over the mean of fan-in and fan-out, those that end a block or the network almost zero, which the authors
write as variance 1e-10. `ddpm_256_large` has the width at which the network has the 256 million parameters that the
paper states for it; its code is not public. The loss and the noise are in `nnbench.training.diffusion`.

Shapes: B batch, H and W sides, C channels, E width of the timestep's embedding.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._inputs import image_input
from nnbench.models._outputs import output_dtype, stage
from nnbench.models._pixels import channels

PAPER = Paper(
    "Denoising diffusion probabilistic models", "Ho, Jain and Abbeel", 2020, "https://arxiv.org/abs/2006.11239"
)

VARIANTS: dict[str, dict[str, Any]] = {
    "ddpm_32": {"dropout": 0.1},
    "ddpm_256": {"input_shape": (256, 256, 3), "multiples": (1, 1, 2, 2, 4, 4)},
    "ddpm_256_large": {"input_shape": (256, 256, 3), "multiples": (1, 1, 2, 2, 4, 4), "width": 192},
    "ddpm_tiny": {
        "input_shape": (8, 8, 1),
        "width": 4,
        "multiples": (1, 2),
        "depth": 1,
        "groups": 2,
        "last_scale": 1.0,
    },
}

EPSILON = 1e-6
PERIOD = 10_000


@dataclass(frozen=True)
class _Block:
    """What all blocks have in common.

    Attributes:
        time: the embedded timestep (B, E).
        sides: heights of the image at which a block ends with attention.
        groups, dropout, last_scale: see `ddpm`.
    """

    time: Any
    sides: Sequence[int]
    groups: int
    dropout: float
    last_scale: float

    def __call__(self, x: Any, maps: int, name: str) -> Any:
        """Return (B, H, W, maps): the residual block, and attention where the sides ask for it."""
        x = self.residual(x, maps, name)
        return self.attention(x, f"{name}_attention") if x.shape[1] in self.sides else x

    def residual(self, x: Any, maps: int, name: str) -> Any:
        """Return (B, H, W, maps): two convolutions of `x` between which the timestep is added, plus a shortcut."""
        h = _convolved(_activated(self.normalised(x, f"{name}_norm1"), f"{name}_swish1"), maps, f"{name}_conv1")
        time = keras.layers.Dense(maps, name=f"{name}_time", **_kernel())(self.time)
        time = keras.layers.Reshape((1, 1, maps), name=f"{name}_time_map")(time)
        h = keras.layers.Add(name=f"{name}_add_time")([h, time])
        h = _activated(self.normalised(h, f"{name}_norm2"), f"{name}_swish2")
        if self.dropout:
            h = keras.layers.Dropout(self.dropout, name=f"{name}_dropout")(h)
        h = _convolved(h, maps, f"{name}_conv2", scale=self.last_scale)
        if x.shape[-1] != maps:
            x = keras.layers.Dense(maps, name=f"{name}_shortcut", **_kernel())(x)
        return keras.layers.Add(name=f"{name}_add")([x, h])

    def attention(self, x: Any, name: str) -> Any:
        """Return `x` (B, H, W, C) plus what each position sees of all others."""
        _, height, width, maps = x.shape
        h = keras.layers.Reshape((height * width, 1, maps), name=f"{name}_rows")(self.normalised(x, f"{name}_norm"))
        parts = [keras.layers.Dense(maps, name=f"{name}_{part}", **_kernel())(h) for part in ("query", "key", "value")]
        h = keras.ops.dot_product_attention(*parts)
        h = keras.layers.Dense(maps, name=f"{name}_output", **_kernel(scale=self.last_scale))(h)
        h = keras.layers.Reshape((height, width, maps), name=f"{name}_maps")(h)
        return keras.layers.Add(name=f"{name}_add")([x, h])

    def normalised(self, x: Any, name: str) -> Any:
        """Return group-normalised `x`."""
        return keras.layers.GroupNormalization(self.groups, epsilon=EPSILON, name=name)(x)


@register_model(
    family="diffusion",
    licence="none given",
    paper=PAPER,
    input_shape=(32, 32, 3),
    classes=None,
    tasks=("denoising",),
    inputs=("image",),
    feature_layer=None,
    network="denoiser",
    variants=VARIANTS,
)
def ddpm(
    input_shape: Shape,
    classes: int | None = None,
    *,
    width: int = 128,
    multiples: Sequence[int] = (1, 2, 2, 2),
    depth: int = 2,
    attention_sides: Sequence[int] = (16,),
    groups: int = 32,
    dropout: float = 0.0,
    last_scale: float = 1e-10,
) -> keras.Model:
    """A U-Net: maps noisy images (batch, *input_shape) and timesteps (batch,) from 0 to the noise in the images.

    Args:
        classes: None; the images have no labels.
        width: maps of the first level; the timestep's embedding has four times as many values.
        multiples: maps of each level, as multiples of `width`; every further level halves the sides.
        depth: residual blocks of a level on the way down; one more on the way up.
        attention_sides: heights of the image at which blocks are followed by attention; the middle always has it.
        groups: of the normalisations; they divide the maps of every level.
        dropout: share dropped in training within blocks.
        last_scale: variance of the kernels that end a block or the network, relative to that of the others.
    """
    _check(input_shape, classes, width, multiples, groups)
    image, x = image_input(input_shape)
    timestep = keras.Input((), dtype="int32", name="timestep")
    block = _Block(_embedded(timestep, width), attention_sides, groups, dropout, last_scale)
    widths = [width * multiple for multiple in multiples]
    skips = _down(block, _convolved(x, width, "stem"), widths, depth)
    x = block.residual(skips[-1], widths[-1], "middle_block1")
    x = block.residual(block.attention(x, "middle_attention"), widths[-1], "middle_block2")
    x = _up(block, x, skips, widths, depth)
    x = _activated(block.normalised(x, "norm"), "swish")
    x = _convolved(x, channels(input_shape), "noise", scale=last_scale, dtype=output_dtype())
    if x.shape[1:] != input_shape:
        x = keras.layers.Reshape(input_shape, dtype=output_dtype(), name="noise_image")(x)
    return keras.Model([image, timestep], x, name="ddpm")


def _embedded(timestep: Any, width: int) -> Any:
    """Return the embedding (B, 4·width), activated, of timesteps (B,): `width` sines and cosines, two dense layers.

    The frequencies run from 1 to 1 / 10,000; Vaswani et al. (2017), section 3.5, end just above that.
    """
    half = width // 2
    frequencies = np.exp(np.arange(half) * -(math.log(PERIOD) / (half - 1))).astype("float32")
    angles = keras.ops.expand_dims(keras.ops.cast(timestep, "float32"), -1) * frequencies
    x = keras.ops.concatenate([keras.ops.sin(angles), keras.ops.cos(angles)], axis=-1)
    x = keras.layers.Dense(4 * width, activation="swish", name="time1", **_kernel())(x)
    return keras.layers.Dense(4 * width, activation="swish", name="time2", **_kernel())(x)


def _down(block: _Block, x: Any, widths: Sequence[int], depth: int) -> list[Any]:
    """Return `x` (B, H, W, C), and the output of each block and of each halving."""
    skips = [x]
    for i, maps in enumerate(widths, start=1):
        for j in range(1, depth + 1):
            x = block(x, maps, f"down{i}_block{j}")
            x = stage(x, i) if j == depth else x
            skips.append(x)
        if i < len(widths):
            x = _convolved(x, maps, f"down{i}_halved", strides=2)
            skips.append(x)
    return skips


def _up(block: _Block, x: Any, skips: list[Any], widths: Sequence[int], depth: int) -> Any:
    """Return maps of the first level, from `x` of the last one and all that `_down` gives."""
    for i, maps in reversed(list(enumerate(widths, start=1))):
        for j in range(1, depth + 2):
            x = keras.layers.Concatenate(name=f"up{i}_skip{j}")([x, skips.pop()])
            x = block(x, maps, f"up{i}_block{j}")
        if i > 1:
            x = keras.layers.UpSampling2D(name=f"up{i}_upsampled")(x)
            x = _convolved(x, maps, f"up{i}_doubled")
    return x


def _convolved(x: Any, maps: int, name: str, *, strides: int = 1, scale: float = 1.0, **options: Any) -> Any:
    layer = keras.layers.Conv2D(maps, 3, strides=strides, padding="same", name=name, **_kernel(scale), **options)
    return layer(x)


def _activated(x: Any, name: str) -> Any:
    return keras.layers.Activation("swish", name=name)(x)


def _kernel(scale: float = 1.0) -> dict[str, Any]:
    initializer = keras.initializers.VarianceScaling(scale, mode="fan_avg", distribution="uniform")
    return {"kernel_initializer": initializer}


def _check(input_shape: Shape, classes: int | None, width: int, multiples: Sequence[int], groups: int) -> None:
    if classes is not None:
        raise ArgumentError(f"classes must be None: this network knows no labels. Received: {classes}.")
    if width < 4 or width % 2 or any(width * multiple % groups for multiple in multiples):
        raise ArgumentError(
            f"width must be even, at least 4, and give multiples of groups ({groups}). Received: {width}."
        )
    factor = 2 ** (len(multiples) - 1)
    if any(side is not None and side % factor for side in input_shape[:2]):
        raise ArgumentError(f"input_shape must have sides that are multiples of {factor}. Received: {input_shape}.")
