"""ConvNeXt: a residual network brought up to the design of vision Transformers.

Liu et al. (2022), section 3 and table 9, as torchvision and timm build it; the sizes below ``tiny`` are timm's own. A
block's learned scale of each map is a depthwise 1×1 convolution, so that saved models need no layer of our own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.core.weights import Key, WeightMap
from nnbench.models._inputs import image_input
from nnbench.models._outputs import head, stage
from nnbench.models._stochastic_depth import dropped_path, rates

PAPER = Paper("A ConvNet for the 2020s", "Liu et al.", 2022, "https://arxiv.org/abs/2201.03545")


def _size(width: int, depths: tuple[int, ...], stochastic_depth: float = 0.0) -> dict[str, Any]:
    widths = tuple(width * 2**i for i in range(len(depths)))
    return {"widths": widths, "depths": depths, "stochastic_depth": stochastic_depth}


VARIANTS: dict[str, dict[str, Any]] = {
    "convnext_tiny": _size(96, (3, 3, 9, 3), 0.1),
    "convnext_small": _size(96, (3, 3, 27, 3), 0.4),
    "convnext_base": _size(128, (3, 3, 27, 3), 0.5),
    "convnext_large": _size(192, (3, 3, 27, 3), 0.5),
    "convnext_xlarge": _size(256, (3, 3, 27, 3), 0.5),
    "convnext_atto": _size(40, (2, 2, 6, 2)),
    "convnext_femto": _size(48, (2, 2, 6, 2)),
    "convnext_pico": _size(64, (2, 2, 6, 2)),
    "convnext_nano": _size(80, (2, 2, 8, 2)),
    "convnext_mini": {**_size(8, (1, 1)), "patch": 2, "input_shape": (8, 8, 1), "classes": 10},
}


def _torchvision() -> dict[str, Key | str]:
    """Return torchvision's names: stages have the odd numbers, and what halves the image between them the even ones."""
    keys: dict[str, Key | str] = {"stem": "features.0.0", "stem_norm": "features.0.1"}
    for number in range(1, 5):
        block, blocks = rf"stage{number}_block(\d+)", f"features.{2 * number - 1}.{{1:-1}}"
        keys |= {
            f"stage{number}_halving_norm": f"features.{2 * number - 2}.0",
            f"stage{number}_halving": f"features.{2 * number - 2}.1",
            f"{block}_depthwise": f"{blocks}.block.0",
            f"{block}_norm": f"{blocks}.block.2",
            f"{block}_mlp1": f"{blocks}.block.3",
            f"{block}_mlp2": f"{blocks}.block.5",
            f"{block}_scale": Key(blocks, names={"kernel": "layer_scale"}),
        }
    return {**keys, "norm": "classifier.0", "logits": "classifier.2"}


TORCHVISION = WeightMap(_torchvision())
TIMM = WeightMap(
    {
        "stem": "stem.0",
        "stem_norm": "stem.1",
        r"stage(\d+)_halving_norm": "stages.{1:-1}.downsample.0",
        r"stage(\d+)_halving": "stages.{1:-1}.downsample.1",
        r"stage(\d+)_block(\d+)_depthwise": "stages.{1:-1}.blocks.{2:-1}.conv_dw",
        r"stage(\d+)_block(\d+)_norm": "stages.{1:-1}.blocks.{2:-1}.norm",
        r"stage(\d+)_block(\d+)_mlp(\d)": "stages.{1:-1}.blocks.{2:-1}.mlp.fc{3}",
        r"stage(\d+)_block(\d+)_scale": Key("stages.{1:-1}.blocks.{2:-1}", names={"kernel": "gamma"}),
        "norm": "head.norm",
        "logits": "head.fc",
    }
)

STDDEV = 0.02
SCALE = 1e-6


@register_model(
    family="cnn",
    licence="BSD-3-Clause",
    paper=PAPER,
    input_shape=(224, 224, 3),
    classes=1000,
    variants=VARIANTS,
    weights={"torchvision": TORCHVISION, "timm": TIMM},
)
def convnext(
    input_shape: Shape,
    classes: int,
    *,
    widths: Sequence[int] = (96, 192, 384, 768),
    depths: Sequence[int] = (3, 3, 9, 3),
    patch: int = 4,
    kernel: int = 7,
    stochastic_depth: float = 0.0,
) -> keras.Model:
    """A network of residual blocks, each a depthwise convolution and a two-layer network over maps.

    Args:
        widths: maps of each stage; all but the first halve the image.
        depths: blocks of each stage.
        patch: side of the patches that the stem turns into pixels.
        kernel: side of the depthwise kernels.
        stochastic_depth: share of samples that skip the last block while training; the first is never skipped, and
            the share grows evenly between.

    Raises:
        ArgumentError: widths and depths of different lengths, or an image too small for so many stages.
    """
    if len(widths) != len(depths):
        raise ArgumentError(f"depths must give as many stages as widths, {len(widths)}. Received: {depths}.")
    inputs, x = image_input(input_shape, least=patch * 2 ** (len(depths) - 1))
    x = normalized(patches(x, widths[0], patch, "stem"), "stem_norm")
    drops = iter(rates(stochastic_depth, sum(depths)))
    for number, (width, depth) in enumerate(zip(widths, depths, strict=True), 1):
        if number > 1:
            x = patches(normalized(x, f"stage{number}_halving_norm"), width, 2, f"stage{number}_halving")
        for i in range(1, depth + 1):
            x = block(x, kernel, next(drops), f"stage{number}_block{i}")
        x = stage(x, number)
    x = normalized(keras.layers.GlobalAveragePooling2D(name="average")(x), "norm")
    return keras.Model(inputs, head(x, classes, kernel_initializer=normal()), name="convnext")


def block(x: Any, kernel: int, drop: float, name: str, *, scaled: bool = True) -> Any:
    """Return `x` (batch, h, w, width) plus its pixels mixed by one kernel per map, and its maps by two layers.

    Args:
        drop: share of samples to which nothing is added while training.
        scaled: each map of what is added has a learned scale, which starts next to zero.
    """
    width = x.shape[-1]
    h = _depthwise(kernel, normal(), padding="same", name=f"{name}_depthwise")(x)
    h = normalized(h, f"{name}_norm")
    h = keras.layers.Dense(4 * width, "gelu", kernel_initializer=normal(), name=f"{name}_mlp1")(h)
    h = keras.layers.Dense(width, kernel_initializer=normal(), name=f"{name}_mlp2")(h)
    if scaled:
        h = _depthwise(1, keras.initializers.Constant(SCALE), use_bias=False, name=f"{name}_scale")(h)
    return keras.layers.Add(name=f"{name}_add")([dropped_path(h, drop, f"{name}_drop"), x])


def patches(x: Any, filters: int, side: int, name: str) -> Any:
    """Return one linear map of each square patch of `x` (batch, h, w, c): (batch, h / side, w / side, filters)."""
    return keras.layers.Conv2D(filters, side, strides=side, kernel_initializer=normal(), name=name)(x)


def _depthwise(kernel: int, initializer: Any, **options: Any) -> Any:
    return keras.layers.DepthwiseConv2D(kernel, depthwise_initializer=initializer, **options)


def normalized(x: Any, name: str) -> Any:
    """Return layer-normalised `x` (..., width)."""
    return keras.layers.LayerNormalization(epsilon=1e-6, name=name)(x)


def normal() -> Any:
    """Return the initialiser of all kernels."""
    return keras.initializers.RandomNormal(stddev=STDDEV)
