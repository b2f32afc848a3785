"""A network with one cosine layer. Keras is imported at the top, as in an ordinary Keras project."""

import keras

from nnbench import Paper, register_model

PAPER = Paper("Implicit Neural Representations", "Sitzmann et al.", 2020, "https://arxiv.org/abs/2006.09661")


@register_model(
    family="mlp",
    paper=PAPER,
    input_shape=(3,),
    classes=4,
    inputs=("table", "signal", "image"),
    variants={"acme_cosine": {"width": 32}, "acme_cosine_wide": {"width": 128}},
)
def cosine_network(input_shape: tuple[int, ...], classes: int, *, width: int) -> keras.Model:
    """Flatten, one layer with a cosine, logits."""
    inputs = keras.Input(input_shape)
    x = keras.layers.Flatten()(inputs)
    x = keras.layers.Dense(width, activation=keras.ops.cos, name="features")(x)
    return keras.Model(inputs, keras.layers.Dense(classes, name="logits")(x), name="cosine")
