"""MobileNet V2: inverted residuals, which expand few maps, mix pixels in many, and project to few without activation.

Sandler et al. (2018), table 2, with the width multipliers of section 6.1, as torchvision and timm build it. The last
convolution keeps its 1280 maps in networks that are narrower.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.core.weights import WeightMap
from nnbench.models._inputs import image_input
from nnbench.models._mobile import TIMM_KEYS, Block, Style, check_multiplier, convolved, inverted_residual, rounded
from nnbench.models._outputs import logits, stage
from nnbench.models._transformer import dropped

PAPER = Paper(
    "MobileNetV2: inverted residuals and linear bottlenecks",
    "Sandler et al.",
    2018,
    "https://arxiv.org/abs/1801.04381",
)

# Expansion, maps, blocks and strides of each stage.
STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))

VARIANTS: dict[str, dict[str, Any]] = {
    "mobilenet_v2": {},
    "mobilenet_v2_140": {"width": 1.4},
    "mobilenet_v2_075": {"width": 0.75},
    "mobilenet_v2_050": {"width": 0.5},
    "mobilenet_v2_035": {"width": 0.35},
    "mobilenet_v2_tiny": {
        "stages": ((1, 8, 1, 1), (6, 8, 2, 2)),
        "width": 0.5,
        "last": 32,
        "input_shape": (8, 8, 1),
        "classes": 10,
    },
}

TORCHVISION = WeightMap(
    {
        "stem": "features.0.0",
        "stem_norm": "features.0.1",
        "block1_depthwise": "features.1.conv.0.0",
        "block1_depthwise_norm": "features.1.conv.0.1",
        "block1_project": "features.1.conv.1",
        "block1_project_norm": "features.1.conv.2",
        r"block(\d+)_expand": "features.{1}.conv.0.0",
        r"block(\d+)_expand_norm": "features.{1}.conv.0.1",
        r"block(\d+)_depthwise": "features.{1}.conv.1.0",
        r"block(\d+)_depthwise_norm": "features.{1}.conv.1.1",
        r"block(\d+)_project": "features.{1}.conv.2",
        r"block(\d+)_project_norm": "features.{1}.conv.3",
        "last": "features.18.0",
        "last_norm": "features.18.1",
        "logits": "classifier.1",
    },
    ignored=(r".*num_batches_tracked",),
)
TIMM = WeightMap({"last": "conv_head", "last_norm": "bn2", **TIMM_KEYS}, ignored=(r".*num_batches_tracked",))

STYLE = Style()


@register_model(
    family="cnn",
    licence="BSD-3-Clause",
    paper=PAPER,
    input_shape=(224, 224, 3),
    classes=1000,
    variants=VARIANTS,
    weights={"torchvision": TORCHVISION, "timm": TIMM},
)
def mobilenet_v2(
    input_shape: Shape,
    classes: int,
    *,
    width: float = 1.0,
    stages: Sequence[tuple[int, int, int, int]] = STAGES,
    last: int = 1280,
    dropout: float = 0.2,
) -> keras.Model:
    """A network of inverted residuals with linear bottlenecks.

    Args:
        width: multiplies the maps of every layer, which are rounded to multiples of 8.
        stages: expansion, maps before multiplication, blocks and strides of each stage.
        last: maps of the last convolution; `width` multiplies them where it is above 1.
        dropout: share of the features dropped while training.

    Raises:
        ArgumentError: a width of 0 or below.
    """
    check_multiplier("width", width)
    inputs, x = image_input(input_shape)
    x = convolved(x, rounded(32 * width), 3, strides=2, activation="relu6", style=STYLE, name="stem")
    count = 0
    for number, (expansion, filters, depth, strides) in enumerate(stages, 1):
        for i in range(depth):
            count += 1
            expanded = expansion * x.shape[-1]
            block = Block(3, 1 if i else strides, expanded, rounded(filters * width), "relu6")
            x = inverted_residual(x, block, STYLE, f"block{count}")
        x = stage(x, number)
    x = convolved(x, rounded(last * max(1.0, width)), 1, activation="relu6", style=STYLE, name="last")
    x = keras.layers.GlobalAveragePooling2D(name="features")(x)
    start = keras.initializers.RandomNormal(stddev=0.01)
    outputs = logits(dropped(x, dropout, "dropout"), classes, kernel_initializer=start)
    return keras.Model(inputs, outputs, name="mobilenet_v2")
