"""A network with one layer of Mish units. Keras is imported at the top, as in an ordinary Keras project."""

import keras

from nnbench import Paper, register_model

PAPER = Paper("Mish: A Self Regularized Activation Function", "Misra", 2019, "https://arxiv.org/abs/1908.08681")


@register_model(
    family="mlp",
    paper=PAPER,
    input_shape=(3,),
    classes=4,
    inputs=("table", "signal", "image"),
    variants={"acme_mish": {"width": 32}, "acme_mish_wide": {"width": 128}},
)
def mish_network(input_shape: tuple[int, ...], classes: int, *, width: int) -> keras.Model:
    """Flatten, one layer of Mish units, logits."""
    inputs = keras.Input(input_shape)
    x = keras.layers.Flatten()(inputs)
    x = keras.layers.Dense(width, activation="mish", name="features")(x)
    return keras.Model(inputs, keras.layers.Dense(classes, name="logits")(x), name="mish")
