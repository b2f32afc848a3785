"""A plain CNN of 3×3 convolutions for small images: the step between LeNet-5 and residual networks.

The stacking of 3×3 convolutions between poolings is Simonyan and Zisserman's (2015); the global average pooling in
front of the classifier is Lin, Chen and Yan's (2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._convolution import convolution
from nnbench.models._inputs import image_input
from nnbench.models._outputs import head, stage

PAPER = Paper(
    "Very deep convolutional networks for large-scale image recognition",
    "Simonyan and Zisserman",
    2015,
    "https://arxiv.org/abs/1409.1556",
)

VARIANTS: dict[str, dict[str, Any]] = {
    "cnn_small": {"widths": (32, 64, 128)},
    "cnn_tiny": {"widths": (8, 16), "input_shape": (8, 8, 1)},
}


@register_model(
    family="cnn",
    paper=PAPER,
    input_shape=(28, 28, 1),
    classes=10,
    tasks=("classification", "regression"),
    variants=VARIANTS,
)
def cnn_small(
    input_shape: Shape, classes: int, *, widths: Sequence[int] = (32, 64, 128), dropout: float = 0.0
) -> keras.Model:
    """3×3 convolutions with max pooling between them, averaged over the image.

    Args:
        widths: maps of each convolution.
        dropout: share of features dropped in front of the classifier while training.
    """
    inputs, x = image_input(input_shape, least=2 ** (len(widths) - 1))
    for i, width in enumerate(widths, start=1):
        x = convolution(x, width, 3, padding=1, activation="relu", name=f"conv{i}")
        x = stage(x, i)
        if i < len(widths):
            x = keras.layers.MaxPooling2D(2, name=f"pool{i}")(x)
    x = keras.layers.GlobalAveragePooling2D(name="average")(x)
    if dropout:
        x = keras.layers.Dropout(dropout, name="dropout")(x)
    return keras.Model(inputs, head(x, classes), name="cnn_small")
