"""Residual networks for CIFAR-size images: 6n + 2 layers of 16, 32 and 64 maps, shortcuts without weights.

He, Zhang, Ren and Sun (2016), section 4.2. Shortcuts are the paper's option A: where the maps double, the shortcut
takes every second pixel and fills the new maps with zeros.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._convolution import convolution, normalization, relu
from nnbench.models._initializers import he_normal
from nnbench.models._inputs import image_input
from nnbench.models._outputs import head

PAPER = Paper(
    "Deep residual learning for image recognition", "He, Zhang, Ren and Sun", 2016, "https://arxiv.org/abs/1512.03385"
)

VARIANTS = {f"resnet{6 * n + 2}_cifar": {"blocks": n} for n in (3, 5, 7, 9, 18)}


def shortcut(x: Any, filters: int, strides: int) -> Any:
    """Return option A of `x` (batch, h, w, c): (batch, ⌈h/strides⌉, ⌈w/strides⌉, filters), without weights."""
    if strides > 1:
        x = keras.layers.AveragePooling2D(1, strides=strides)(x)
    missing = filters - x.shape[-1]
    before = missing // 2
    return keras.ops.pad(x, ((0, 0), (0, 0), (0, 0), (before, missing - before))) if missing else x


def block(x: Any, filters: int, strides: int) -> Any:
    """Return two 3×3 convolutions of `x` plus its shortcut."""
    options = {"padding": 1, "use_bias": False, "kernel_initializer": he_normal("fan_in")}
    h = relu(normalization(convolution(x, filters, 3, strides=strides, **options)))
    h = normalization(convolution(h, filters, 3, **options))
    return relu(keras.layers.Add()([h, shortcut(x, filters, strides)]))


@register_model(family="cnn", paper=PAPER, input_shape=(32, 32, 3), classes=10, variants=VARIANTS)
def resnet_cifar(input_shape: Shape, classes: int, *, blocks: int = 3, width: int = 16) -> keras.Model:
    """A 6·blocks + 2 layer residual network.

    Args:
        blocks: residual blocks in each of the three stages.
        width: maps of the first stage; each further stage doubles them.
    """
    inputs, x = image_input(input_shape)
    start = he_normal("fan_in")
    x = convolution(x, width, 3, padding=1, use_bias=False, kernel_initializer=start, name="stem")
    x = relu(normalization(x))
    for stage in range(3):
        for i in range(blocks):
            x = block(x, width * 2**stage, strides=2 if stage and not i else 1)
    x = keras.layers.GlobalAveragePooling2D(name="average")(x)
    outputs = head(x, classes, kernel_initializer=he_normal("fan_in"))
    return keras.Model(inputs, outputs, name=f"resnet{6 * blocks + 2}_cifar")
