"""Residual networks for ImageNet-size images.

He, Zhang, Ren and Sun (2016), table 1, as torchvision builds them: no convolution biases, a bottleneck's stride in its
3×3 convolution ("v1.5"), projections where the shape changes (option B), He's normal initialisation over fan-out.
Linear layers start with zero biases, where PyTorch draws them at random.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.core.weights import WeightMap
from nnbench.models._convolution import convolution, normalization, relu
from nnbench.models._initializers import he_normal
from nnbench.models._inputs import image_input
from nnbench.models._outputs import head, stage
from nnbench.models._pooling import padded_max

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

WEIGHTS = WeightMap(
    {
        "stem": "conv1",
        "stem_norm": "bn1",
        r"stage(\d+)_block(\d+)_conv(\d+)": "layer{1}.{2:-1}.conv{3}",
        r"stage(\d+)_block(\d+)_conv(\d+)_norm": "layer{1}.{2:-1}.bn{3}",
        r"stage(\d+)_block(\d+)_shortcut": "layer{1}.{2:-1}.downsample.0",
        r"stage(\d+)_block(\d+)_shortcut_norm": "layer{1}.{2:-1}.downsample.1",
        "logits": "fc",
    },
    ignored=(r".*num_batches_tracked",),
)

STEMS = ("imagenet", "small")

Block = Callable[[Any, int, int, str], Any]
"""``block(x, width, strides, name)``: one residual block of a stage of `width` maps."""


def stem_of(x: Any, width: int, kind: str) -> Any:
    """Return the first maps: 7×7 with stride 2 and max pooling, or for small images one 3×3 convolution.

    Raises:
        ArgumentError: a kind that is not in `STEMS`.
    """
    if kind not in STEMS:
        raise ArgumentError(f"stem must be one of {', '.join(STEMS)}. Received: {kind!r}.")
    if kind == "small":
        return relu(_convolved(x, width, 3, name="stem"))
    return padded_max(relu(_convolved(x, width, 7, strides=2, name="stem")), name="stem_pool")


def basic_block(x: Any, width: int, strides: int, name: str) -> Any:
    """Return two 3×3 convolutions of `x` plus its shortcut: `width` maps."""
    h = relu(_convolved(x, width, 3, strides=strides, name=f"{name}_conv1"))
    h = _convolved(h, width, 3, name=f"{name}_conv2")
    return relu(keras.layers.Add(name=f"{name}_add")([h, _shortcut(x, width, strides, name)]))


def bottleneck_block(x: Any, width: int, strides: int, name: str, *, inner: int | None = None, groups: int = 1) -> Any:
    """Return 1×1, 3×3 and 1×1 convolutions of `x` plus its shortcut: 4·`width` maps.

    Args:
        inner: maps of the first two convolutions; by default `width`.
        groups: of the 3×3 convolution; each reads and gives as many maps.
    """
    inner = inner or width
    h = relu(_convolved(x, inner, 1, name=f"{name}_conv1"))
    h = relu(_convolved(h, inner, 3, strides=strides, groups=groups, name=f"{name}_conv2"))
    h = _convolved(h, 4 * width, 1, name=f"{name}_conv3")
    return relu(keras.layers.Add(name=f"{name}_add")([h, _shortcut(x, 4 * width, strides, name)]))


def residual_classifier(
    input_shape: Shape, classes: int, *, depths: Sequence[int], block: Block, width: int, stem: str, name: str
) -> keras.Model:
    """Return a network of stem, stages, average and linear layer; each stage but the first halves the image.

    Args:
        depths: how many blocks each stage has.
        width: what the first stage gives its blocks as width; each further stage doubles it.
        stem: one of `STEMS`, of as many maps as `width`.

    Raises:
        ArgumentError: an unknown stem, or an input that is no image.
    """
    inputs, x = image_input(input_shape)
    x = stem_of(x, width, stem)
    for number, depth in enumerate(depths, 1):
        for i in range(depth):
            x = block(x, width * 2 ** (number - 1), 2 if number > 1 and not i else 1, f"stage{number}_block{i + 1}")
        x = stage(x, number)
    x = keras.layers.GlobalAveragePooling2D(name="average")(x)
    return keras.Model(inputs, head(x, classes), name=name)


@register_model(
    family="cnn",
    licence="BSD-3-Clause",
    paper=PAPER,
    input_shape=(224, 224, 3),
    classes=1000,
    variants=VARIANTS,
    weights={"torchvision": WEIGHTS, "timm": WEIGHTS},
)
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
    block = bottleneck_block if bottleneck else basic_block
    return residual_classifier(input_shape, classes, depths=depths, block=block, width=width, stem=stem, name="resnet")


def _convolved(x: Any, filters: int, kernel: int, *, strides: int = 1, groups: int = 1, name: str) -> Any:
    options = {"groups": groups, "use_bias": False, "kernel_initializer": he_normal("fan_out"), "name": name}
    x = convolution(x, filters, kernel, strides=strides, padding=kernel // 2, **options)
    return normalization(x, name=f"{name}_norm")


def _shortcut(x: Any, filters: int, strides: int, name: str) -> Any:
    if strides == 1 and x.shape[-1] == filters:
        return x
    return _convolved(x, filters, 1, strides=strides, name=f"{name}_shortcut")
