"""Wide residual networks for ImageNet-size images.

Zagoruyko and Komodakis (2016), tables 7 and 8: networks of 18 and 34 layers with all maps of the stages widened, and
networks of bottleneck blocks with their inner maps widened, which torchvision builds. The stem keeps its 64 maps. The
101 layers are torchvision's. Everything else is as in `nnbench.models.resnet`. Networks for CIFAR are in
`nnbench.models.wide_resnet_cifar`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models.resnet import WEIGHTS, basic_block, bottleneck_block, residual_classifier

PAPER = Paper("Wide residual networks", "Zagoruyko and Komodakis", 2016, "https://arxiv.org/abs/1605.07146")

VARIANTS: dict[str, dict[str, Any]] = {
    "wide_resnet18_1_5": {"depths": (2, 2, 2, 2), "bottleneck": False, "factor": 1.5},
    "wide_resnet18_2": {"depths": (2, 2, 2, 2), "bottleneck": False, "factor": 2},
    "wide_resnet18_3": {"depths": (2, 2, 2, 2), "bottleneck": False, "factor": 3},
    "wide_resnet34_1_5": {"depths": (3, 4, 6, 3), "bottleneck": False, "factor": 1.5},
    "wide_resnet34_2": {"depths": (3, 4, 6, 3), "bottleneck": False, "factor": 2},
    "wide_resnet50_2": {"depths": (3, 4, 6, 3), "factor": 2},
    "wide_resnet101_2": {"depths": (3, 4, 23, 3), "factor": 2},
    "wide_resnet_tiny": {
        "depths": (1, 1, 1),
        "factor": 2,
        "width": 4,
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
def wide_resnet(
    input_shape: Shape,
    classes: int,
    *,
    depths: Sequence[int] = (3, 4, 6, 3),
    bottleneck: bool = True,
    factor: float = 2,
    width: int = 64,
    stem: str = "imagenet",
) -> keras.Model:
    """A residual network of `factor` times the maps.

    Args:
        depths: blocks of each stage.
        bottleneck: blocks of three convolutions, of which the first two are widened; not of two, both widened.
        factor: widening.
        width: maps of the first stage before widening.
        stem: ``"imagenet"`` (divides the sides by 4) or ``"small"`` (keeps them).
    """

    def block(x: Any, maps: int, strides: int, name: str) -> Any:
        wide = int(maps * factor)
        if bottleneck:
            return bottleneck_block(x, maps, strides, name, inner=wide)
        return basic_block(x, wide, strides, name)

    return residual_classifier(
        input_shape, classes, depths=depths, block=block, width=width, stem=stem, name="wide_resnet"
    )
