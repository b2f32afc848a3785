"""MobileNet V3: inverted residuals that weigh their maps, found by search, with a cheap last stage.

Howard et al. (2019), tables 1 and 2, as torchvision builds it. The width multipliers of figure 5 follow the authors'
code as timm has it: blocks expand what comes in by the same factor, the hidden layer keeps its width, and below width
0.75 so does the stem. timm normalises with ε 1e-5, so its weights give its logits in a model that was created with
``epsilon=1e-5``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.core.weights import WeightMap
from nnbench.models._inputs import image_input
from nnbench.models._mobile import TIMM_KEYS, Block, Style, check_multiplier, convolved, inverted_residual, rounded
from nnbench.models._outputs import logits, stage
from nnbench.models._transformer import dropped

PAPER = Paper("Searching for MobileNetV3", "Howard et al.", 2019, "https://arxiv.org/abs/1905.02244")


class Stage(NamedTuple):
    """Blocks that give the same maps; the first one strides.

    Attributes:
        filters: maps, before multiplication by a width.
        expansions: how much each block expands what comes in.
        weighed: the blocks weigh their maps by squeezing and excitation.
    """

    filters: int
    kernel: int
    strides: int
    expansions: tuple[float, ...]
    weighed: bool
    activation: str


LARGE = (
    Stage(16, 3, 1, (1,), False, "relu"),
    Stage(24, 3, 2, (4, 3), False, "relu"),
    Stage(40, 5, 2, (3, 3, 3), True, "relu"),
    Stage(80, 3, 2, (6, 2.5, 2.3, 2.3), False, "hard_silu"),
    Stage(112, 3, 1, (6, 6), True, "hard_silu"),
    Stage(160, 5, 2, (6, 6, 6), True, "hard_silu"),
)
SMALL = (
    Stage(16, 3, 2, (1,), True, "relu"),
    Stage(24, 3, 2, (4.5, 3.67), False, "relu"),
    Stage(40, 5, 2, (4, 6, 6), True, "hard_silu"),
    Stage(48, 5, 1, (3, 3), True, "hard_silu"),
    Stage(96, 5, 2, (6, 6, 6), True, "hard_silu"),
)
TINY = (Stage(8, 3, 2, (1,), True, "relu"), Stage(16, 5, 1, (2, 2), True, "hard_silu"))

TIMM = WeightMap({**TIMM_KEYS, "last": "blocks.#.conv", "hidden": "conv_head"}, ignored=(r".*num_batches_tracked",))


def torchvision(stages: Sequence[Stage]) -> WeightMap:
    """Return torchvision's names, which number the parts that a block has."""
    blocks = [(expansion, row.weighed) for row in stages for expansion in row.expansions]
    keys = {"stem": "features.0.0", "stem_norm": "features.0.1"}
    for i, (expansion, weighed) in enumerate(blocks, 1):
        parts = ["expand"] * (expansion != 1) + ["depthwise"] + ["squeeze"] * weighed + ["project"]
        for n, part in enumerate(parts):
            place = f"features.{i}.block.{n}"
            if part == "squeeze":
                keys |= {f"block{i}_squeeze": f"{place}.fc1", f"block{i}_excite": f"{place}.fc2"}
            else:
                keys |= {f"block{i}_{part}": f"{place}.0", f"block{i}_{part}_norm": f"{place}.1"}
    last = f"features.{len(blocks) + 1}"
    keys |= {"last": f"{last}.0", "last_norm": f"{last}.1", "hidden": "classifier.0", "logits": "classifier.3"}
    return WeightMap(keys, ignored=(r".*num_batches_tracked",))


def _variants(name: str, **options: Any) -> dict[str, dict[str, Any]]:
    """Return a network and its width multipliers, which torchvision does not have."""
    widths = {"125": 1.25, "075": 0.75, "050": 0.5, "035": 0.35}
    whole = {**options, "weights": {"torchvision": torchvision(options["stages"]), "timm": TIMM}}
    return {name: whole} | {f"{name}_{suffix}": {**options, "width": width} for suffix, width in widths.items()}


VARIANTS: dict[str, dict[str, Any]] = {
    **_variants("mobilenet_v3_large", stages=LARGE, last=960, units=1280),
    **_variants("mobilenet_v3_small", stages=SMALL, last=576, units=1024),
    "mobilenet_v3_tiny": {"stages": TINY, "last": 32, "units": 32, "input_shape": (8, 8, 1), "classes": 10},
}


@register_model(
    family="cnn",
    licence="BSD-3-Clause",
    paper=PAPER,
    input_shape=(224, 224, 3),
    classes=1000,
    variants=VARIANTS,
    weights={"timm": TIMM},
)
def mobilenet_v3(
    input_shape: Shape,
    classes: int,
    *,
    stages: Sequence[Stage] = LARGE,
    last: int = 960,
    units: int = 1280,
    width: float = 1.0,
    dropout: float = 0.2,
    epsilon: float = 1e-3,
) -> keras.Model:
    """A network of weighed inverted residuals, with a hidden layer after the pooling.

    Args:
        stages: the blocks of each stage, first to last.
        last: maps of the last convolution, before multiplication.
        units: of the hidden layer, at every width.
        width: multiplies the maps of every convolution, which are rounded to multiples of 8.
        dropout: share of the features dropped while training.
        epsilon: of the batch normalisations.

    Raises:
        ArgumentError: a width of 0 or below.
    """
    check_multiplier("width", width)
    style = Style(epsilon=epsilon, momentum=0.99, gate="hard_sigmoid")
    inputs, x = image_input(input_shape)
    stem = rounded(16 * width) if width >= 0.75 else 16
    x = convolved(x, stem, 3, strides=2, activation="hard_silu", style=style, name="stem")
    x = _blocks(x, stages, width, style)
    x = convolved(x, rounded(last * width), 1, activation="hard_silu", style=style, name="last")
    x = keras.layers.GlobalAveragePooling2D(name="average")(x)
    x = keras.layers.Dense(units, kernel_initializer=_normal(), name="hidden")(x)
    x = keras.layers.Activation("hard_silu", name="features")(x)
    x = dropped(x, dropout, "dropout")
    return keras.Model(inputs, logits(x, classes, kernel_initializer=_normal()), name="mobilenet_v3")


def _blocks(x: Any, stages: Sequence[Stage], width: float, style: Style) -> Any:
    count = 0
    for number, row in enumerate(map(Stage._make, stages), 1):
        for i, expansion in enumerate(row.expansions):
            count += 1
            expanded = rounded(expansion * x.shape[-1])
            block = Block(
                row.kernel,
                1 if i else row.strides,
                expanded,
                rounded(row.filters * width),
                row.activation,
                squeezed=rounded(expanded / 4) if row.weighed else 0,
            )
            x = inverted_residual(x, block, style, f"block{count}")
        x = stage(x, number)
    return x


def _normal() -> Any:
    return keras.initializers.RandomNormal(stddev=0.01)
