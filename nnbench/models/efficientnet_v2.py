"""EfficientNet V2: EfficientNet with fused blocks in the early stages, found for training speed.

Tan and Le (2021), table 4 for size S; M, L, XL and the small sizes B0 to B3 as the authors' code has them. Torchvision,
which builds S, M and L, is followed, with images of the sizes that its weights were made for; the others read what the
authors' code evaluates. Padding is the same on every side, where the authors' code pads the end more. timm normalises
with ε 1e-5, so its weights (``efficientnetv2_s`` …) give its logits in a model that was created with ``epsilon=1e-5``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.core.weights import WeightMap
from nnbench.models import efficientnet
from nnbench.models._inputs import image_input
from nnbench.models._mobile import Style
from nnbench.models.efficientnet import TORCHVISION, Stage, body, classifier

PAPER = Paper(
    "EfficientNetV2: smaller models and faster training", "Tan and Le", 2021, "https://arxiv.org/abs/2104.00298"
)

SMALL = (
    Stage(1, 3, 1, 24, 2, fused=True),
    Stage(4, 3, 2, 48, 4, fused=True),
    Stage(4, 3, 2, 64, 4, fused=True),
    Stage(4, 3, 2, 128, 6),
    Stage(6, 3, 1, 160, 9),
    Stage(6, 3, 2, 256, 15),
)
MEDIUM = (
    Stage(1, 3, 1, 24, 3, fused=True),
    Stage(4, 3, 2, 48, 5, fused=True),
    Stage(4, 3, 2, 80, 5, fused=True),
    Stage(4, 3, 2, 160, 7),
    Stage(6, 3, 1, 176, 14),
    Stage(6, 3, 2, 304, 18),
    Stage(6, 3, 1, 512, 5),
)
LARGE = (
    Stage(1, 3, 1, 32, 4, fused=True),
    Stage(4, 3, 2, 64, 7, fused=True),
    Stage(4, 3, 2, 96, 7, fused=True),
    Stage(4, 3, 2, 192, 10),
    Stage(6, 3, 1, 224, 19),
    Stage(6, 3, 2, 384, 25),
    Stage(6, 3, 1, 640, 7),
)
EXTRA_LARGE = (
    Stage(1, 3, 1, 32, 4, fused=True),
    Stage(4, 3, 2, 64, 8, fused=True),
    Stage(4, 3, 2, 96, 8, fused=True),
    Stage(4, 3, 2, 192, 16),
    Stage(6, 3, 1, 256, 24),
    Stage(6, 3, 2, 512, 32),
    Stage(6, 3, 1, 640, 8),
)
BASE = (
    Stage(1, 3, 1, 16, 1, fused=True),
    Stage(4, 3, 2, 32, 2, fused=True),
    Stage(4, 3, 2, 48, 2, fused=True),
    Stage(4, 3, 2, 96, 3),
    Stage(6, 3, 1, 112, 5),
    Stage(6, 3, 2, 192, 8),
)
TINY = (Stage(1, 3, 1, 4, 1, fused=True), Stage(2, 3, 2, 8, 1, fused=True), Stage(4, 3, 1, 8, 2))

TIMM = WeightMap(
    {
        r"stage1_block(\d+)_fused": "blocks.0.{1:-1}.conv",
        r"stage(\d+)_block(\d+)_fused": "blocks.{1:-1}.{2:-1}.conv_exp",
        r"stage(\d+)_block(\d+)_fused_norm": "blocks.{1:-1}.{2:-1}.bn1",
        r"stage([23])_block(\d+)_project_norm": "blocks.{1:-1}.{2:-1}.bn2",
        **efficientnet.TIMM.keys,
    },
    ignored=efficientnet.TIMM.ignored,
)


def torchvision(stages: Sequence[Stage]) -> WeightMap:
    """Return torchvision's names, in which the last convolution follows the stages."""
    last = f"features.{len(stages) + 1}"
    keys = {
        r"stage(\d+)_block(\d+)_fused": "features.{1}.{2:-1}.block.0.0",
        r"stage(\d+)_block(\d+)_fused_norm": "features.{1}.{2:-1}.block.0.1",
        r"stage([23])_block(\d+)_project": "features.{1}.{2:-1}.block.1.0",
        r"stage([23])_block(\d+)_project_norm": "features.{1}.{2:-1}.block.1.1",
    }
    return WeightMap({**keys, **TORCHVISION.keys, "last": f"{last}.0", "last_norm": f"{last}.1"}, TORCHVISION.ignored)


def _size(side: int, stages: Sequence[Stage], dropout: float) -> dict[str, Any]:
    weights = {"torchvision": torchvision(stages), "timm": TIMM}
    return {"input_shape": (side, side, 3), "stages": stages, "dropout": dropout, "weights": weights}


def _base(side: int, width: float, depth: float, dropout: float) -> dict[str, Any]:
    """Return a size of table 10: `BASE` scaled as the sizes of the first EfficientNet are, maps rounded to 8."""

    def scaled(maps: int) -> int:
        return int(maps * width + 4) // 8 * 8

    stages = [row._replace(filters=scaled(row.filters), depth=math.ceil(row.depth * depth)) for row in BASE]
    layers = {"stages": stages, "stem": scaled(32), "last": scaled(1280)}
    return {"input_shape": (side, side, 3), "dropout": dropout, "licence": "Apache-2.0", **layers}


VARIANTS: dict[str, dict[str, Any]] = {
    "efficientnet_v2_b0": _base(224, 1.0, 1.0, 0.2),
    "efficientnet_v2_b1": _base(240, 1.0, 1.1, 0.2),
    "efficientnet_v2_b2": _base(260, 1.1, 1.2, 0.3),
    "efficientnet_v2_b3": _base(300, 1.2, 1.4, 0.3),
    "efficientnet_v2_s": _size(384, SMALL, 0.2),
    "efficientnet_v2_m": _size(480, MEDIUM, 0.3),
    "efficientnet_v2_l": _size(480, LARGE, 0.4),
    "efficientnet_v2_xl": {
        "input_shape": (512, 512, 3),
        "stages": EXTRA_LARGE,
        "dropout": 0.5,
        "licence": "Apache-2.0",
    },
    "efficientnet_v2_tiny": {"stages": TINY, "last": 32, "input_shape": (8, 8, 1), "classes": 10},
}


@register_model(
    family="cnn",
    licence="BSD-3-Clause",
    paper=PAPER,
    input_shape=(384, 384, 3),
    classes=1000,
    variants=VARIANTS,
)
def efficientnet_v2(
    input_shape: Shape,
    classes: int,
    *,
    stages: Sequence[Stage] = SMALL,
    stem: int | None = None,
    last: int = 1280,
    dropout: float = 0.2,
    stochastic_depth: float = 0.2,
    epsilon: float = 1e-3,
) -> keras.Model:
    """A network of fused, then of weighed inverted residuals.

    Args:
        stages: the blocks of each stage, first to last.
        stem: maps of the first convolution; None for those of the first stage.
        last: maps of the last convolution.
        dropout: share of the features dropped while training.
        stochastic_depth: share of samples that skip the last block while training; the first is never skipped, and
            the share grows evenly between.
        epsilon: of the batch normalisations.
    """
    rows = [Stage(*row) for row in stages]
    style = Style(epsilon=epsilon, squeeze_activation="silu")
    inputs, x = image_input(input_shape)
    x = body(x, rows, style, stem=stem or rows[0].filters, last=last, stochastic_depth=stochastic_depth)
    return keras.Model(inputs, classifier(x, classes, dropout), name="efficientnet_v2")
