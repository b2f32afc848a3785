"""DenseNet for ImageNet-size images: every layer reads the maps of all layers before it in its block.

Huang, Liu, van der Maaten and Weinberger (2017), table 1, as torchvision builds them: normalisation and activation in
front of each convolution, bottlenecks of 4·growth maps, transitions that halve maps and image, He's normal
initialisation over fan-in. The linear layer starts as Keras's does, with zero biases. 161, with its growth of 48, is of
the paper's first versions; torchvision has no 264.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
    "Densely connected convolutional networks",
    "Huang, Liu, van der Maaten and Weinberger",
    2017,
    "https://arxiv.org/abs/1608.06993",
)

VARIANTS: dict[str, dict[str, Any]] = {
    "densenet121": {"depths": (6, 12, 24, 16)},
    "densenet161": {"depths": (6, 12, 36, 24), "growth": 48, "width": 96},
    "densenet169": {"depths": (6, 12, 32, 32)},
    "densenet201": {"depths": (6, 12, 48, 32)},
    "densenet264": {"depths": (6, 12, 64, 48)},
    "densenet_tiny": {"depths": (2, 2), "growth": 4, "width": 8, "input_shape": (16, 16, 3), "classes": 10},
}

WEIGHTS = WeightMap(
    {
        "stem": "features.conv0",
        "stem_norm": "features.norm0",
        r"stage(\d+)_layer(\d+)_(conv|norm)(\d)": "features.denseblock{1}.denselayer{2}.{3}{4}",
        r"transition(\d+)_(conv|norm)": "features.transition{1}.{2}",
        "norm": "features.norm5",
        "logits": "classifier",
    },
    ignored=(r".*num_batches_tracked",),
)


@dataclass(frozen=True)
class DenseSpec:
    """What all layers of a network have in common.

    Attributes:
        growth: maps that each layer adds (the paper's k).
        bottleneck: a 1×1 convolution to 4·growth maps in front of each 3×3 one.
        dropout: share of values dropped after each convolution while training.
        mode: of He's normal initialisation, ``"fan_in"`` or ``"fan_out"``.
    """

    growth: int
    bottleneck: bool = True
    dropout: float = 0.0
    mode: str = "fan_in"


def activated(x: Any, name: str) -> Any:
    """Return `x` normalised and rectified."""
    return relu(normalization(x, name=name))


def convolved(x: Any, filters: int, kernel: int, spec: DenseSpec, name: str) -> Any:
    """Return `filters` maps: a convolution of `x`, and dropout."""
    options = {"use_bias": False, "kernel_initializer": he_normal(spec.mode), "name": name}
    x = convolution(x, filters, kernel, padding=kernel // 2, **options)
    return keras.layers.Dropout(spec.dropout, name=f"{name}_dropout")(x) if spec.dropout else x


def dense_block(x: Any, depth: int, spec: DenseSpec, name: str) -> Any:
    """Return the maps of `x` and those of `depth` layers, each of which reads all maps before it."""
    for i in range(1, depth + 1):
        layer = f"{name}_layer{i}"
        h = activated(x, f"{layer}_norm1")
        if spec.bottleneck:
            h = activated(convolved(h, 4 * spec.growth, 1, spec, f"{layer}_conv1"), f"{layer}_norm2")
        h = convolved(h, spec.growth, 3, spec, f"{layer}_conv{2 if spec.bottleneck else 1}")
        x = keras.layers.Concatenate(name=f"{layer}_concat")([x, h])
    return x


def transition(x: Any, compression: float, spec: DenseSpec, name: str) -> Any:
    """Return a share `compression` of the maps of `x`, averaged over windows of 2×2."""
    h = convolved(activated(x, f"{name}_norm"), int(x.shape[-1] * compression), 1, spec, f"{name}_conv")
    return keras.layers.AveragePooling2D(2, name=f"{name}_pool")(h)


def dense_stages(x: Any, depths: Sequence[int], compression: float, spec: DenseSpec) -> Any:
    """Return features (batch, maps): dense blocks of `x` with transitions between them, normalised and averaged.

    Raises:
        ArgumentError: no block.
    """
    if not depths:
        raise ArgumentError(f"depths must give at least one block. Received: {depths}.")
    for number, depth in enumerate(depths, 1):
        x = stage(dense_block(x, depth, spec, f"stage{number}"), number)
        if number < len(depths):
            x = transition(x, compression, spec, f"transition{number}")
    return keras.layers.GlobalAveragePooling2D(name="average")(activated(x, "norm"))


@register_model(
    family="cnn",
    licence="BSD-3-Clause",
    paper=PAPER,
    input_shape=(224, 224, 3),
    classes=1000,
    variants=VARIANTS,
    weights={"torchvision": WEIGHTS, "timm": WEIGHTS},
)
def densenet(
    input_shape: Shape,
    classes: int,
    *,
    depths: Sequence[int] = (6, 12, 24, 16),
    growth: int = 32,
    width: int = 64,
) -> keras.Model:
    """Dense blocks after a stem that divides the sides by 4, with transitions that halve maps and image.

    Args:
        depths: layers of each dense block.
        growth: maps that each layer adds (the paper's k).
        width: maps of the stem.

    Raises:
        ArgumentError: images too small for so many blocks, or no block.
    """
    inputs, x = image_input(input_shape, least=4 * (2 ** max(len(depths) - 1, 0) - 1) + 1)
    options = {"use_bias": False, "kernel_initializer": he_normal("fan_in"), "name": "stem"}
    x = activated(convolution(x, width, 7, strides=2, padding=3, **options), "stem_norm")
    x = dense_stages(padded_max(x, name="stem_pool"), depths, 0.5, DenseSpec(growth))
    return keras.Model(inputs, head(x, classes), name="densenet")
