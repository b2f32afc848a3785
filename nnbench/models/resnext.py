"""ResNeXt: residual networks whose 3×3 convolutions work in groups.

Xie, Girshick, Dollár, Tu and He (2017), tables 3, 4 and 7, as torchvision builds them; a network of 4 groups of 24 maps
is named 4x24d. 32x8d and the wider ones of 32 groups are Mahajan et al.'s (2018, https://arxiv.org/abs/1805.00932). The
networks of 29 layers are the paper's for CIFAR. Everything else is as in `nnbench.models.resnet`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models.resnet import WEIGHTS, bottleneck_block, residual_classifier

PAPER = Paper(
    "Aggregated residual transformations for deep neural networks",
    "Xie, Girshick, Dollár, Tu and He",
    2017,
    "https://arxiv.org/abs/1611.05431",
)

DEPTHS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 29: (3, 3, 3)}
"""Blocks of each stage, by the number of layers."""

SIZES = {
    50: ((2, 40), (4, 24), (8, 14), (32, 4)),
    101: ((2, 40), (4, 24), (8, 14), (32, 4), (2, 64), (64, 4), (32, 8), (32, 16), (32, 32), (32, 48)),
    29: ((8, 64), (16, 64)),
}
"""(groups, maps of each group in the first stage), by the number of layers."""

CIFAR: dict[str, Any] = {"stem": "small", "input_shape": (32, 32, 3), "classes": 10}


def _variants() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for layers, sizes in SIZES.items():
        for groups, group_width in sizes:
            own = {"depths": DEPTHS[layers], "groups": groups, "group_width": group_width}
            found[f"resnext{layers}_{groups}x{group_width}d"] = own | (CIFAR if layers == 29 else {})
    return found


VARIANTS: dict[str, dict[str, Any]] = {
    **_variants(),
    "resnext_tiny": {
        "depths": (1, 1),
        "groups": 4,
        "group_width": 2,
        "width": 8,
        "stem": "small",
        "input_shape": (8, 8, 1),
        "classes": 10,
    },
}


@register_model(
    family="cnn",
    licence="BSD-3-Clause",
    paper=PAPER,
    input_shape=(224, 224, 3),
    classes=1000,
    variants=VARIANTS,
    weights={"torchvision": WEIGHTS, "timm": WEIGHTS},
)
def resnext(
    input_shape: Shape,
    classes: int,
    *,
    depths: Sequence[int] = DEPTHS[50],
    groups: int = 32,
    group_width: int = 4,
    width: int = 64,
    stem: str = "imagenet",
) -> keras.Model:
    """A residual network of bottleneck blocks with grouped convolutions.

    Args:
        depths: blocks of each stage.
        groups: of each 3×3 convolution (the paper's cardinality).
        group_width: maps of one group in the first stage; each further stage doubles them.
        width: a quarter of the maps that the first stage gives.
        stem: ``"imagenet"`` (divides the sides by 4) or ``"small"`` (keeps them).
    """

    def block(x: Any, maps: int, strides: int, name: str) -> Any:
        return bottleneck_block(x, maps, strides, name, inner=groups * group_width * maps // width, groups=groups)

    return residual_classifier(input_shape, classes, depths=depths, block=block, width=width, stem=stem, name="resnext")
