"""LeNet-5: two convolutions with subsampling, and three dense layers.

LeCun, Bottou, Bengio and Haffner (1998), in the usual modern form: the second convolution reads all six maps, the
subsampling has no weights, and the output layer is linear. The first convolution is padded by 2, so that 28×28 images
give the paper's 32×32 field.
"""

from __future__ import annotations

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._convolution import convolution
from nnbench.models._inputs import image_input
from nnbench.models._outputs import head

PAPER = Paper(
    "Gradient-based learning applied to document recognition",
    "LeCun, Bottou, Bengio and Haffner",
    1998,
    "https://doi.org/10.1109/5.726791",
)

VARIANTS = {
    "lenet5": {"activation": "tanh", "pooling": "average"},
    "lenet5_relu": {"activation": "relu", "pooling": "max"},
}


@register_model(family="cnn", paper=PAPER, input_shape=(28, 28, 1), classes=10, variants=VARIANTS)
def lenet(input_shape: Shape, classes: int, *, activation: str = "tanh", pooling: str = "average") -> keras.Model:
    """LeNet-5 with 6 and 16 maps and 120 and 84 units.

    Args:
        activation: name of a Keras activation.
        pooling: ``"average"`` (the paper's) or ``"max"``.
    """
    layers = {"average": keras.layers.AveragePooling2D, "max": keras.layers.MaxPooling2D}
    if pooling not in layers:
        raise ArgumentError(f"pooling must be one of {', '.join(layers)}. Received: {pooling!r}.")
    inputs, x = image_input(input_shape, least=12)
    x = convolution(x, 6, 5, padding=2, activation=activation, name="c1")
    x = layers[pooling](2, name="s2")(x)
    x = convolution(x, 16, 5, activation=activation, name="c3")
    x = layers[pooling](2, name="s4")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dense(120, activation=activation, name="c5")(x)
    x = keras.layers.Dense(84, activation=activation, name="f6")(x)
    return keras.Model(inputs, head(x, classes), name="lenet5")
