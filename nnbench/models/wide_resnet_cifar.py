"""Wide residual networks for CIFAR-size images: 6n + 4 layers of 16k, 32k and 64k maps.

Zagoruyko and Komodakis (2016), as in the authors' code: normalisation and activation in
front of each convolution, shared with the shortcut where that is a 1×1 convolution, He's normal initialisation over
fan-out. WRN-34-10 and WRN-70-16 are of that family and not in the paper; adversarial training uses them (Madry et al.,
2018, https://arxiv.org/abs/1706.06083; Gowal et al., 2020, https://arxiv.org/abs/2010.03593). The linear layer starts
as Keras's does.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._convolution import convolution, normalization, relu
from nnbench.models._initializers import he_normal
from nnbench.models._inputs import image_input
from nnbench.models._outputs import head, stage

PAPER = Paper("Wide residual networks", "Zagoruyko and Komodakis", 2016, "https://arxiv.org/abs/1605.07146")

SIZES = ((40, 1), (40, 2), (40, 4), (40, 8), (28, 10), (28, 12), (22, 8), (22, 10), (16, 8), (16, 10))
"""(layers, k) of the paper's table 4."""

FURTHER = ((16, 4), (52, 1), (40, 10), (34, 10), (70, 16))
"""(layers, k) of the paper's experiments with dropout, and of adversarial training."""

VARIANTS: dict[str, dict[str, Any]] = {
    **{f"wrn_{depth}_{factor}": {"depth": depth, "factor": factor} for depth, factor in (*SIZES, *FURTHER)},
    "wrn_tiny": {"depth": 10, "factor": 2, "width": 4, "input_shape": (8, 8, 1)},
}


@register_model(
    family="cnn", licence="BSD-2-Clause", paper=PAPER, input_shape=(32, 32, 3), classes=10, variants=VARIANTS
)
def wide_resnet_cifar(
    input_shape: Shape, classes: int, *, depth: int = 28, factor: int = 10, width: int = 16, dropout: float = 0.0
) -> keras.Model:
    """A pre-activated residual network of three stages.

    Args:
        depth: layers with weights on the longest path, 6n + 4.
        factor: widening of the stages (the paper's k).
        width: maps of the stem, and of the first stage before widening.
        dropout: share of values dropped between the two convolutions of a block while training; the paper has 0.3.

    Raises:
        ArgumentError: another depth.
    """
    blocks, rest = divmod(depth - 4, 6)
    if rest or blocks < 1:
        raise ArgumentError(f"depth must be 6n + 4 with n of at least 1. Received: {depth}.")
    inputs, x = image_input(input_shape)
    x = _convolved(x, width, 3, 1, "stem")
    for number in (1, 2, 3):
        for i in range(1, blocks + 1):
            strides = 2 if number > 1 and i == 1 else 1
            x = block(x, width * factor * 2 ** (number - 1), strides, dropout, f"stage{number}_block{i}")
        x = stage(x, number)
    x = keras.layers.GlobalAveragePooling2D(name="average")(_activated(x, "norm"))
    return keras.Model(inputs, head(x, classes), name=f"wrn_{depth}_{factor}")


def block(x: Any, filters: int, strides: int, dropout: float, name: str) -> Any:
    """Return two 3×3 convolutions of normalised and rectified `x` plus its shortcut: `filters` maps."""
    h = _activated(x, f"{name}_norm1")
    if x.shape[-1] != filters:
        x = _convolved(h, filters, 1, strides, f"{name}_shortcut")
    h = _activated(_convolved(h, filters, 3, strides, f"{name}_conv1"), f"{name}_norm2")
    if dropout:
        h = keras.layers.Dropout(dropout, name=f"{name}_dropout")(h)
    return keras.layers.Add(name=f"{name}_add")([x, _convolved(h, filters, 3, 1, f"{name}_conv2")])


def _activated(x: Any, name: str) -> Any:
    return relu(normalization(x, name=name))


def _convolved(x: Any, filters: int, kernel: int, strides: int, name: str) -> Any:
    options = {"use_bias": False, "kernel_initializer": he_normal("fan_out"), "name": name}
    return convolution(x, filters, kernel, strides=strides, padding=kernel // 2, **options)
