"""Residual networks for CIFAR-size images: 6n + 2 layers of 16, 32 and 64 maps, shortcuts without weights.

He, Zhang, Ren and Sun (2016), section 4.2. Shortcuts are the paper's option A: where the maps double, the shortcut
takes every second pixel and fills the new maps with zeros.

Keras walks the graph of a model recursively, and the 1202 layers are more than Python lets it: there each stage is a
model of its own.
"""

from __future__ import annotations

import functools
from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._convolution import convolution, normalization, relu
from nnbench.models._initializers import he_normal
from nnbench.models._inputs import image_input
from nnbench.models._outputs import head, stage
from nnbench.models._parts import apart

PAPER = Paper(
    "Deep residual learning for image recognition", "He, Zhang, Ren and Sun", 2016, "https://arxiv.org/abs/1512.03385"
)

VARIANTS: dict[str, dict[str, Any]] = {
    **{f"resnet{6 * n + 2}_cifar": {"blocks": n} for n in (3, 5, 7, 9, 18, 200)},
    "resnet_cifar_tiny": {"blocks": 1, "width": 4, "input_shape": (8, 8, 1)},
}

MOST_BLOCKS = 50
"""Blocks of a stage up to which the whole network is one graph."""


def shortcut(x: Any, filters: int, strides: int) -> Any:
    """Return option A of `x` (batch, h, w, c): (batch, ⌈h/strides⌉, ⌈w/strides⌉, filters), without weights."""
    if strides > 1:
        x = keras.layers.AveragePooling2D(1, strides=strides)(x)
    missing = filters - x.shape[-1]
    before = missing // 2
    return keras.ops.pad(x, ((0, 0), (0, 0), (0, 0), (before, missing - before))) if missing else x


def block(x: Any, filters: int, strides: int, name: str) -> Any:
    """Return two 3×3 convolutions of `x` plus its shortcut."""
    h = relu(_convolved(x, filters, strides, f"{name}_conv1"))
    h = _convolved(h, filters, 1, f"{name}_conv2")
    return relu(keras.layers.Add(name=f"{name}_add")([shortcut(x, filters, strides), h]))


def blocks_of(x: Any, *, blocks: int, filters: int, strides: int, name: str) -> Any:
    """Return `x` through `blocks` blocks, of which the first one strides."""
    for i in range(1, blocks + 1):
        x = block(x, filters, strides if i == 1 else 1, f"{name}_block{i}")
    return x


@register_model(family="cnn", paper=PAPER, input_shape=(32, 32, 3), classes=10, variants=VARIANTS)
def resnet_cifar(input_shape: Shape, classes: int, *, blocks: int = 3, width: int = 16) -> keras.Model:
    """A 6·blocks + 2 layer residual network.

    Args:
        blocks: residual blocks in each of the three stages.
        width: maps of the first stage; each further stage doubles them.
    """
    inputs, x = image_input(input_shape)
    x = relu(_convolved(x, width, 1, "stem"))
    for number in (1, 2, 3):
        build = functools.partial(
            blocks_of,
            blocks=blocks,
            filters=width * 2 ** (number - 1),
            strides=2 if number > 1 else 1,
            name=f"stage{number}",
        )
        x = apart(x, build, f"stage{number}_blocks") if blocks > MOST_BLOCKS else build(x)
        x = stage(x, number)
    x = keras.layers.GlobalAveragePooling2D(name="average")(x)
    outputs = head(x, classes, kernel_initializer=he_normal("fan_in"))
    return keras.Model(inputs, outputs, name=f"resnet{6 * blocks + 2}_cifar")


def _convolved(x: Any, filters: int, strides: int, name: str) -> Any:
    options = {"use_bias": False, "kernel_initializer": he_normal("fan_in"), "name": name}
    x = convolution(x, filters, 3, strides=strides, padding=1, **options)
    return normalization(x, name=f"{name}_norm")
