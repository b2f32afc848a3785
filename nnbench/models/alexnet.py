"""AlexNet: five convolutions and three dense layers.

Krizhevsky, Sutskever and Hinton (2012) started it; torchvision, followed here, has the form of Krizhevsky (2014): one
column of 64, 192, 384, 256 and 256 maps, without local response normalisation. As there, maps are averaged to 6×6
before the dense layers, so that images of other sizes fit, and all weights start as PyTorch's do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.core.weights import Key, WeightMap
from nnbench.models._convolution import convolution, relu
from nnbench.models._initializers import layer_options
from nnbench.models._inputs import image_input
from nnbench.models._outputs import head, stage
from nnbench.models._pooling import adaptive_average

PAPER = Paper(
    "One weird trick for parallelizing convolutional neural networks",
    "Krizhevsky",
    2014,
    "https://arxiv.org/abs/1404.5997",
)

POOLED = 6
"""Rows and columns of the maps that the dense layers read."""


def weights_of(maps: int) -> dict[str, WeightMap]:
    """Return torchvision's names for a network whose last convolution gives `maps` maps."""
    keys: dict[str, Key | str] = {f"conv{i}": f"features.{n}" for i, n in enumerate((0, 3, 6, 8, 10), 1)}
    keys["dense1"] = Key("classifier.1", unflatten=(maps, POOLED, POOLED))
    keys |= {"dense2": "classifier.4", "logits": "classifier.6"}
    return {"torchvision": WeightMap(keys)}


VARIANTS: dict[str, dict[str, Any]] = {
    "alexnet": {},
    "alexnet_tiny": {
        "maps": (4, 12, 16, 16, 16),
        "units": 16,
        "input_shape": (64, 64, 1),
        "classes": 10,
        "weights": weights_of(16),
    },
}


@register_model(
    family="cnn",
    licence="BSD-3-Clause",
    paper=PAPER,
    input_shape=(224, 224, 3),
    classes=1000,
    variants=VARIANTS,
    weights=weights_of(256),
)
def alexnet(
    input_shape: Shape,
    classes: int,
    *,
    maps: Sequence[int] = (64, 192, 384, 256, 256),
    units: int = 4096,
    dropout: float = 0.5,
) -> keras.Model:
    """AlexNet in one column, for images of 63×63 or more.

    Args:
        maps: of the five convolutions.
        units: of each of the two hidden dense layers.
        dropout: share of values dropped in front of each hidden dense layer while training.
    """
    inputs, x = image_input(input_shape, least=63)
    x = _convolved(x, maps[0], 11, strides=4, padding=2, name="conv1")
    x = stage(_pooled(x), 1)
    x = stage(_pooled(_convolved(x, maps[1], 5, padding=2, name="conv2")), 2)
    for i in (3, 4, 5):
        x = _convolved(x, maps[i - 1], 3, padding=1, name=f"conv{i}")
    x = stage(_pooled(x), 3)
    x = keras.layers.Flatten(name="flatten")(adaptive_average(x, POOLED))
    for i in (1, 2):
        x = keras.layers.Dropout(dropout, name=f"dropout{i}")(x)
        x = relu(keras.layers.Dense(units, name=f"dense{i}", **layer_options("torch", x.shape[-1]))(x))
    return keras.Model(inputs, head(x, classes, **layer_options("torch", units)), name="alexnet")


def _convolved(x: Any, maps: int, kernel: int, *, strides: int = 1, padding: int, name: str) -> Any:
    start = layer_options("torch", kernel * kernel * x.shape[-1])
    return relu(convolution(x, maps, kernel, strides=strides, padding=padding, name=name, **start))


def _pooled(x: Any) -> Any:
    return keras.layers.MaxPooling2D(3, strides=2)(x)
