"""Recurrent language models: embedding, stacked LSTM layers, a linear layer over the vocabulary.

Characters: Graves (2013). Words: Zaremba, Sutskever and Vinyals (2014), whose medium model has 650 units and dropout
between the layers; input and output embedding are separate, and Keras's LSTM has one bias vector.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._inputs import token_input
from nnbench.models._outputs import logits

PAPER = Paper("Generating sequences with recurrent neural networks", "Graves", 2013, "https://arxiv.org/abs/1308.0850")
ZAREMBA = Paper(
    "Recurrent neural network regularization",
    "Zaremba, Sutskever and Vinyals",
    2014,
    "https://arxiv.org/abs/1409.2329",
)

VARIANTS: dict[str, dict[str, Any]] = {
    "lstm_char": {"units": 128, "depth": 2},
    "lstm_char_tiny": {"units": 16, "depth": 1, "input_shape": (16,)},
    "lstm_ptb_medium": {
        "units": 650,
        "depth": 2,
        "dropout": 0.5,
        "input_shape": (35,),
        "classes": 10_000,
        "paper": ZAREMBA,
    },
}


@register_model(
    family="rnn",
    paper=PAPER,
    input_shape=(64,),
    classes=65,
    tasks=("language",),
    inputs=("tokens",),
    feature_layer=None,
    variants=VARIANTS,
)
def lstm_language(
    input_shape: Shape, classes: int, *, units: int = 128, depth: int = 2, dropout: float = 0.0
) -> keras.Model:
    """Logits (batch, length, classes) of each next token.

    Args:
        units: width of the embedding and of every layer.
        depth: number of LSTM layers.
        dropout: share dropped after the embedding and after every layer while training.
    """
    inputs, tokens = token_input(input_shape)
    x = keras.layers.Embedding(classes, units, name="embedding")(tokens)
    for i in range(depth + 1):
        if i:
            x = keras.layers.LSTM(units, return_sequences=True, name=f"lstm{i}")(x)
        if dropout:
            x = keras.layers.Dropout(dropout, name=f"dropout{i}")(x)
    return keras.Model(inputs, logits(x, classes), name="lstm_language")
