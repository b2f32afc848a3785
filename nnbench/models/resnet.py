"""Residual networks for ImageNet-size images.

He, Zhang, Ren and Sun (2016), table 1, as torchvision builds them: no convolution biases, a bottleneck's stride in its
3×3 convolution ("v1.5"), projections where the shape changes (option B), He's normal initialisation over fan-out.
Linear layers start with zero biases, where PyTorch draws them at random.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnbench.core.errors import ArgumentError
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

VARIANTS: dict[str, dict[str, Any]] = {
    "resnet18": {"depths": (2, 2, 2, 2), "bottleneck": False},
    "resnet34": {"depths": (3, 4, 6, 3), "bottleneck": False},
    "resnet50": {"depths": (3, 4, 6, 3)},
    "resnet101": {"depths": (3, 4, 23, 3)},
    "resnet152": {"depths": (3, 8, 36, 3)},
    "resnet_tiny": {
        "depths": (1, 1, 1),
        "bottleneck": False,
        "width": 8,
        "stem": "small",
        "input_shape": (8, 8, 1),
        "classes": 10,
    },
}

STEMS = ("imagenet", "small")


def stem_of(x: Any, width: int, kind: str) -> Any:
    """Return the first maps: 7×7 with stride 2 and max pooling, or for small images one 3×3 convolution.

    Raises:
        ArgumentError: a kind that is not in `STEMS`.
    """
    if kind not in STEMS:
        raise ArgumentError(f"stem must be one of {', '.join(STEMS)}. Received: {kind!r}.")
    if kind == "small":
        return relu(_convolved(x, width, 3, name="stem"))
    x = relu(_convolved(x, width, 7, strides=2, name="stem"))
    # Zeros are below every value here, so padding with them does not change the maximum.
    return keras.layers.MaxPooling2D(3, strides=2, name="stem_pool")(keras.layers.ZeroPadding2D(1)(x))


def basic_block(x: Any, width: int, strides: int, name: str) -> Any:
    """Return two 3×3 convolutions of `x` plus its shortcut: `width` maps."""
    h = relu(_convolved(x, width, 3, strides=strides, name=f"{name}_conv1"))
    h = _convolved(h, width, 3, name=f"{name}_conv2")
    return relu(keras.layers.Add(name=f"{name}_add")([h, _shortcut(x, width, strides, name)]))


def bottleneck_block(x: Any, width: int, strides: int, name: str) -> Any:
    """Return 1×1, 3×3 and 1×1 convolutions of `x` plus its shortcut: 4·`width` maps."""
    h = relu(_convolved(x, width, 1, name=f"{name}_conv1"))
    h = relu(_convolved(h, width, 3, strides=strides, name=f"{name}_conv2"))
    h = _convolved(h, 4 * width, 1, name=f"{name}_conv3")
    return relu(keras.layers.Add(name=f"{name}_add")([h, _shortcut(x, 4 * width, strides, name)]))


@register_model(family="cnn", paper=PAPER, input_shape=(224, 224, 3), classes=1000, variants=VARIANTS)
def resnet(
    input_shape: Shape,
    classes: int,
    *,
    depths: Sequence[int] = (3, 4, 6, 3),
    bottleneck: bool = True,
    width: int = 64,
    stem: str = "imagenet",
) -> keras.Model:
    """A residual network whose stages each halve the image and double the maps.

    Args:
        depths: blocks of each stage.
        bottleneck: blocks of three convolutions, not two.
        width: maps of the first stage.
        stem: ``"imagenet"`` (divides the sides by 4) or ``"small"`` (keeps them).
    """
    inputs, x = image_input(input_shape)
    x = stem_of(x, width, stem)
    block = bottleneck_block if bottleneck else basic_block
    for stage, depth in enumerate(depths):
        for i in range(depth):
            x = block(x, width * 2**stage, 2 if stage and not i else 1, f"stage{stage + 1}_block{i + 1}")
    x = keras.layers.GlobalAveragePooling2D(name="average")(x)
    return keras.Model(inputs, head(x, classes), name="resnet")


def _convolved(x: Any, filters: int, kernel: int, *, strides: int = 1, name: str) -> Any:
    options = {"use_bias": False, "kernel_initializer": he_normal("fan_out"), "name": name}
    x = convolution(x, filters, kernel, strides=strides, padding=kernel // 2, **options)
    return normalization(x, name=f"{name}_norm")


def _shortcut(x: Any, filters: int, strides: int, name: str) -> Any:
    if strides == 1 and x.shape[-1] == filters:
        return x
    return _convolved(x, filters, 1, strides=strides, name=f"{name}_shortcut")
