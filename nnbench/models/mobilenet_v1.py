"""MobileNet V1: depthwise convolutions mix pixels, 1×1 convolutions mix maps.

Howard et al. (2017), table 1, with the width multipliers of table 6; as timm builds it (``mobilenetv1_100``): ReLU
limited to 6 as in the authors' code, padding on every side alike where theirs pads the end more. The two networks
that the paper compares with: ``mobilenet_v1_shallow`` (table 5) lacks the five layers of 14×14×512,
``mobilenet_v1_full`` (table 4) convolves all maps at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import PAPER_ALONE, Shape, register_model
from nnbench.core.paper import Paper
from nnbench.core.weights import WeightMap
from nnbench.models._inputs import image_input
from nnbench.models._mobile import Style, check_multiplier, convolved, depthwise, rounded
from nnbench.models._outputs import head, stage

PAPER = Paper(
    "MobileNets: efficient convolutional neural networks for mobile vision applications",
    "Howard et al.",
    2017,
    "https://arxiv.org/abs/1704.04861",
)

# Maps and blocks of each stage; all but the first stage halve the image.
STAGES = ((64, 1), (128, 2), (256, 2), (512, 6), (1024, 2))
SHALLOW = tuple((maps, 1 if maps == 512 else depth) for maps, depth in STAGES)

VARIANTS: dict[str, dict[str, Any]] = {
    "mobilenet_v1": {},
    "mobilenet_v1_075": {"width": 0.75},
    "mobilenet_v1_050": {"width": 0.5},
    "mobilenet_v1_025": {"width": 0.25},
    "mobilenet_v1_shallow": {"stages": SHALLOW},
    "mobilenet_v1_full": {"full": True, "licence": PAPER_ALONE, "weights": {}},
    "mobilenet_v1_tiny": {"stages": ((32, 1), (64, 1)), "width": 0.25, "input_shape": (8, 8, 1), "classes": 10},
}

WEIGHTS = WeightMap(
    {
        "stem": "conv_stem",
        "stem_norm": "bn1",
        r"stage(\d+)_block(\d+)_depthwise": "blocks.{1:-1}.{2:-1}.conv_dw",
        r"stage(\d+)_block(\d+)_depthwise_norm": "blocks.{1:-1}.{2:-1}.bn1",
        r"stage(\d+)_block(\d+)_project": "blocks.{1:-1}.{2:-1}.conv_pw",
        r"stage(\d+)_block(\d+)_project_norm": "blocks.{1:-1}.{2:-1}.bn2",
        "logits": "classifier",
    },
    ignored=(r".*num_batches_tracked",),
)

STYLE = Style(depthwise_fan="fan_out")


@register_model(
    family="cnn",
    licence="Apache-2.0",
    paper=PAPER,
    input_shape=(224, 224, 3),
    classes=1000,
    variants=VARIANTS,
    weights={"timm": WEIGHTS},
)
def mobilenet_v1(
    input_shape: Shape,
    classes: int,
    *,
    width: float = 1.0,
    stages: Sequence[tuple[int, int]] = STAGES,
    full: bool = False,
) -> keras.Model:
    """A network of depthwise separable convolutions.

    Args:
        width: multiplies the maps of every layer, which are rounded to multiples of 8.
        stages: maps, before multiplication, and blocks of each stage.
        full: ordinary convolutions, which mix pixels and maps in one step, in the place of the separable ones.

    Raises:
        ArgumentError: a width of 0 or below.
    """
    check_multiplier("width", width)
    mixed = convolved3x3 if full else separable
    inputs, x = image_input(input_shape)
    x = convolved(x, rounded(32 * width), 3, strides=2, activation="relu6", style=STYLE, name="stem")
    for number, (filters, depth) in enumerate(stages, 1):
        for i in range(depth):
            strides = 2 if number > 1 and not i else 1
            x = mixed(x, rounded(filters * width), strides, f"stage{number}_block{i + 1}")
        x = stage(x, number)
    x = keras.layers.GlobalAveragePooling2D(name="average")(x)
    limit = classes**-0.5
    outputs = head(x, classes, kernel_initializer=keras.initializers.RandomUniform(-limit, limit))
    return keras.Model(inputs, outputs, name="mobilenet_v1")


def separable(x: Any, filters: int, strides: int, name: str) -> Any:
    """Return `filters` mixtures of the maps of `x`, each convolved with a 3×3 kernel of its own."""
    x = depthwise(x, 3, strides=strides, activation="relu6", style=STYLE, name=f"{name}_depthwise")
    return convolved(x, filters, 1, activation="relu6", style=STYLE, name=f"{name}_project")


def convolved3x3(x: Any, filters: int, strides: int, name: str) -> Any:
    """Return `filters` maps of 3×3 convolutions of all maps of `x`."""
    return convolved(x, filters, 3, strides=strides, activation="relu6", style=STYLE, name=name)
