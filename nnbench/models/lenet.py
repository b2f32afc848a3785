"""LeNet-5: two convolutions with subsampling, and three dense layers.

LeCun, Bottou, Bengio and Haffner (1998), in the usual modern form: the second convolution reads all six maps, the
subsampling has no weights, and the output layer is linear. The first convolution is padded by 2, so that 28×28 images
give the paper's 32×32 field.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._convolution import convolution
from nnbench.models._inputs import image_input
from nnbench.models._outputs import head, stage

PAPER = Paper(
    "Gradient-based learning applied to document recognition",
    "LeCun, Bottou, Bengio and Haffner",
    1998,
    "https://doi.org/10.1109/5.726791",
)

VARIANTS: dict[str, dict[str, Any]] = {
    "lenet5": {"activation": "tanh", "pooling": "average"},
    "lenet5_relu": {"activation": "relu", "pooling": "max"},
    "lenet_tiny": {"maps": (4, 8), "units": (16, 12), "input_shape": (12, 12, 1)},
}


@register_model(family="cnn", paper=PAPER, input_shape=(28, 28, 1), classes=10, variants=VARIANTS)
def lenet(
    input_shape: Shape,
    classes: int,
    *,
    activation: str = "tanh",
    pooling: str = "average",
    maps: Sequence[int] = (6, 16),
    units: Sequence[int] = (120, 84),
) -> keras.Model:
    """LeNet-5: two convolutions, each with subsampling, and three dense layers.

    Args:
        activation: name of a Keras activation.
        pooling: ``"average"`` (the paper's) or ``"max"``.
        maps: of the two convolutions.
        units: of the two hidden dense layers.
    """
    layers = {"average": keras.layers.AveragePooling2D, "max": keras.layers.MaxPooling2D}
    if pooling not in layers:
        raise ArgumentError(f"pooling must be one of {', '.join(layers)}. Received: {pooling!r}.")
    inputs, x = image_input(input_shape, least=12)
    x = convolution(x, maps[0], 5, padding=2, activation=activation, name="c1")
    x = stage(layers[pooling](2, name="s2")(x), 1)
    x = convolution(x, maps[1], 5, activation=activation, name="c3")
    x = stage(layers[pooling](2, name="s4")(x), 2)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dense(units[0], activation=activation, name="c5")(x)
    x = keras.layers.Dense(units[1], activation=activation, name="f6")(x)
    return keras.Model(inputs, head(x, classes), name="lenet5")
