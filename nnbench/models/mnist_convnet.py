"""Keras's convolutional net for MNIST: two convolutions with max pooling, and dropout before the classifier.

Chollet (2015), Simple MNIST convnet, Keras's first example. oodeel's notebooks measure detectors on it, with digits 0
to 4 known and 5 to 9 foreign.
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

PAPER = Paper("Simple MNIST convnet", "Chollet", 2015, "https://keras.io/examples/vision/mnist_convnet/")

VARIANTS: dict[str, dict[str, Any]] = {
    "mnist_convnet": {},
    "mnist_convnet_tiny": {"maps": (4, 8), "input_shape": (12, 12, 1)},
}


@register_model(family="cnn", paper=PAPER, input_shape=(28, 28, 1), classes=10, variants=VARIANTS)
def mnist_convnet(
    input_shape: Shape, classes: int, *, maps: Sequence[int] = (32, 64), dropout: float = 0.5
) -> keras.Model:
    """3×3 convolutions without padding, each with 2×2 max pooling; the features are all values of the last.

    Args:
        maps: of each convolution.
        dropout: share of features dropped in front of the classifier while training.
    """
    inputs, x = image_input(input_shape, least=10)
    for i, width in enumerate(maps, start=1):
        x = convolution(x, width, 3, activation="relu", name=f"conv{i}")
        x = stage(keras.layers.MaxPooling2D(2, name=f"pool{i}")(x), i)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dropout(dropout, name="dropout")(x)
    return keras.Model(inputs, head(x, classes), name="mnist_convnet")
