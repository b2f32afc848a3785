"""EfficientNet: one found network, whose depth, width and image size grow together.

Tan and Le (2019), table 1, as torchvision builds it: padding on every side alike where the authors' code pads the end
more, and for sizes b0 to b4 PyTorch's normalisation. b2 reads the paper's images of 260 pixels; torchvision's own
weights were made with 288. timm normalises all sizes with ε 1e-5: its weights of b5 to b7 give its logits in a model
that was created with ``epsilon=1e-5``.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.core.weights import WeightMap
from nnbench.models._inputs import image_input
from nnbench.models._mobile import Block, Style, check_multiplier, convolved, inverted_residual, rounded
from nnbench.models._outputs import logits, stage
from nnbench.models._parts import apart
from nnbench.models._transformer import dropped

PAPER = Paper(
    "EfficientNet: rethinking model scaling for convolutional neural networks",
    "Tan and Le",
    2019,
    "https://arxiv.org/abs/1905.11946",
)


class Stage(NamedTuple):
    """Blocks that give the same maps; the first one strides.

    Attributes:
        expansion: how much each block expands what comes in.
        filters: maps that come out.
        depth: number of blocks.
        fused: one full convolution expands and mixes pixels, and maps are not weighed.
    """

    expansion: int
    kernel: int
    strides: int
    filters: int
    depth: int
    fused: bool = False


STAGES = (
    Stage(1, 3, 1, 16, 1),
    Stage(6, 3, 2, 24, 2),
    Stage(6, 5, 2, 40, 2),
    Stage(6, 3, 2, 80, 3),
    Stage(6, 5, 1, 112, 3),
    Stage(6, 5, 2, 192, 4),
    Stage(6, 3, 1, 320, 1),
)


def _size(side: int, width: float, depth: float, dropout: float, **options: Any) -> dict[str, Any]:
    return {"input_shape": (side, side, 3), "width": width, "depth": depth, "dropout": dropout, **options}


MOST_BLOCKS = 80
"""Blocks up to which the whole network is one graph."""

TENSORFLOW = {"epsilon": 1e-3, "momentum": 0.99}  # torchvision's weights of these sizes come from there

VARIANTS: dict[str, dict[str, Any]] = {
    "efficientnet_b0": _size(224, 1.0, 1.0, 0.2),
    "efficientnet_b1": _size(240, 1.0, 1.1, 0.2),
    "efficientnet_b2": _size(260, 1.1, 1.2, 0.3),
    "efficientnet_b3": _size(300, 1.2, 1.4, 0.3),
    "efficientnet_b4": _size(380, 1.4, 1.8, 0.4),
    "efficientnet_b5": _size(456, 1.6, 2.2, 0.4, **TENSORFLOW),
    "efficientnet_b6": _size(528, 1.8, 2.6, 0.5, **TENSORFLOW),
    "efficientnet_b7": _size(600, 2.0, 3.1, 0.5, **TENSORFLOW),
    "efficientnet_tiny": {
        "stages": (Stage(1, 3, 1, 8, 1), Stage(4, 5, 2, 16, 2)),
        "width": 0.5,
        "input_shape": (8, 8, 1),
        "classes": 10,
    },
}

TORCHVISION = WeightMap(
    {
        "stem": "features.0.0",
        "stem_norm": "features.0.1",
        r"stage1_block(\d+)_depthwise": "features.1.{1:-1}.block.0.0",
        r"stage1_block(\d+)_depthwise_norm": "features.1.{1:-1}.block.0.1",
        r"stage1_block(\d+)_squeeze": "features.1.{1:-1}.block.1.fc1",
        r"stage1_block(\d+)_excite": "features.1.{1:-1}.block.1.fc2",
        r"stage1_block(\d+)_project": "features.1.{1:-1}.block.2.0",
        r"stage1_block(\d+)_project_norm": "features.1.{1:-1}.block.2.1",
        r"stage(\d+)_block(\d+)_expand": "features.{1}.{2:-1}.block.0.0",
        r"stage(\d+)_block(\d+)_expand_norm": "features.{1}.{2:-1}.block.0.1",
        r"stage(\d+)_block(\d+)_depthwise": "features.{1}.{2:-1}.block.1.0",
        r"stage(\d+)_block(\d+)_depthwise_norm": "features.{1}.{2:-1}.block.1.1",
        r"stage(\d+)_block(\d+)_squeeze": "features.{1}.{2:-1}.block.2.fc1",
        r"stage(\d+)_block(\d+)_excite": "features.{1}.{2:-1}.block.2.fc2",
        r"stage(\d+)_block(\d+)_project": "features.{1}.{2:-1}.block.3.0",
        r"stage(\d+)_block(\d+)_project_norm": "features.{1}.{2:-1}.block.3.1",
        "last": "features.8.0",
        "last_norm": "features.8.1",
        "logits": "classifier.1",
    },
    ignored=(r".*num_batches_tracked",),
)
TIMM = WeightMap(
    {
        "stem": "conv_stem",
        "stem_norm": "bn1",
        r"stage1_block(\d+)_depthwise_norm": "blocks.0.{1:-1}.bn1",
        r"stage1_block(\d+)_project": "blocks.0.{1:-1}.conv_pw",
        r"stage1_block(\d+)_project_norm": "blocks.0.{1:-1}.bn2",
        r"stage(\d+)_block(\d+)_expand": "blocks.{1:-1}.{2:-1}.conv_pw",
        r"stage(\d+)_block(\d+)_expand_norm": "blocks.{1:-1}.{2:-1}.bn1",
        r"stage(\d+)_block(\d+)_depthwise": "blocks.{1:-1}.{2:-1}.conv_dw",
        r"stage(\d+)_block(\d+)_depthwise_norm": "blocks.{1:-1}.{2:-1}.bn2",
        r"stage(\d+)_block(\d+)_squeeze": "blocks.{1:-1}.{2:-1}.se.conv_reduce",
        r"stage(\d+)_block(\d+)_excite": "blocks.{1:-1}.{2:-1}.se.conv_expand",
        r"stage(\d+)_block(\d+)_project": "blocks.{1:-1}.{2:-1}.conv_pwl",
        r"stage(\d+)_block(\d+)_project_norm": "blocks.{1:-1}.{2:-1}.bn3",
        "last": "conv_head",
        "last_norm": "bn2",
        "logits": "classifier",
    },
    ignored=(r".*num_batches_tracked",),
)


@register_model(
    family="cnn",
    licence="BSD-3-Clause",
    paper=PAPER,
    input_shape=(224, 224, 3),
    classes=1000,
    variants=VARIANTS,
    weights={"torchvision": TORCHVISION, "timm": TIMM},
)
def efficientnet(
    input_shape: Shape,
    classes: int,
    *,
    stages: Sequence[Stage] = STAGES,
    width: float = 1.0,
    depth: float = 1.0,
    dropout: float = 0.2,
    stochastic_depth: float = 0.2,
    epsilon: float = 1e-5,
    momentum: float = 0.9,
) -> keras.Model:
    """A network of weighed inverted residuals, scaled in depth and width.

    Args:
        stages: the blocks of each stage, before scaling.
        width: multiplies the maps of every layer, which are rounded to multiples of 8.
        depth: multiplies the blocks of each stage, rounded up.
        dropout: share of the features dropped while training.
        stochastic_depth: share of samples that skip the last block while training; the first is never skipped, and
            the share grows evenly between.
        epsilon, momentum: of the batch normalisations.

    Raises:
        ArgumentError: a width or depth of 0 or below.
    """
    check_multiplier("width", width)
    check_multiplier("depth", depth)
    scaled = [
        row._replace(filters=rounded(row.filters * width), depth=math.ceil(row.depth * depth))
        for row in map(Stage._make, stages)
    ]
    style = Style(epsilon=epsilon, momentum=momentum, squeeze_activation="silu")
    inputs, x = image_input(input_shape)
    x = body(x, scaled, style, stem=rounded(32 * width), last=4 * scaled[-1].filters, stochastic_depth=stochastic_depth)
    return keras.Model(inputs, classifier(x, classes, dropout), name="efficientnet")


def body(x: Any, stages: Sequence[Stage], style: Style, *, stem: int, last: int, stochastic_depth: float) -> Any:
    """Return the last maps of images `x`.

    Args:
        stem: maps of the first convolution.
        last: maps of the last one.
        stochastic_depth: see `efficientnet`.
    """
    x = convolved(x, stem, 3, strides=2, activation="silu", style=style, name="stem")
    total, before = sum(row.depth for row in stages), 0
    for number, row in enumerate(stages, 1):
        drops = [stochastic_depth * (before + i) / total for i in range(row.depth)]
        build = functools.partial(_blocks, row=row, drops=drops, style=style, name=f"stage{number}")
        x = apart(x, build, f"stage{number}_blocks") if total > MOST_BLOCKS else build(x)
        x = stage(x, number)
        before += row.depth
    return convolved(x, last, 1, activation="silu", style=style, name="last")


def classifier(x: Any, classes: int, dropout: float) -> Any:
    """Return logits (batch, classes) of maps `x`."""
    x = keras.layers.GlobalAveragePooling2D(name="features")(x)
    limit = classes**-0.5
    start = keras.initializers.RandomUniform(-limit, limit)
    return logits(dropped(x, dropout, "dropout"), classes, kernel_initializer=start)


def _blocks(x: Any, *, row: Stage, drops: Sequence[float], style: Style, name: str) -> Any:
    for i, drop in enumerate(drops):
        block = _block(row, x.shape[-1], 1 if i else row.strides, drop)
        x = inverted_residual(x, block, style, f"{name}_block{i + 1}")
    return x


def _block(row: Stage, channels: int, strides: int, drop: float) -> Block:
    return Block(
        row.kernel,
        strides,
        row.expansion * channels,
        row.filters,
        "silu",
        squeezed=0 if row.fused else max(1, channels // 4),
        fused=row.fused,
        drop=drop,
    )
