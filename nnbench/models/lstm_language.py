"""Recurrent language models: embedding, stacked LSTM layers, a linear layer over the vocabulary.

Characters: Graves (2013). Words: Zaremba, Sutskever and Vinyals (2014), section 4.1: two layers of 200 units and 20
steps without regularisation (small), 650 units and dropout (medium), 1500 units and more dropout (large), 35 steps
both; all weights start uniform in ±0.1, ±0.05 and ±0.04. Input and output embedding are separate, and Keras's LSTM has
one bias vector.

The ``pytorch`` map reads a module with ``encoder = torch.nn.Embedding(…)``, ``rnn = torch.nn.LSTM(…)`` and
``decoder = torch.nn.Linear(…)``, the names of PyTorch's example of a word language model; its two bias vectors are
added.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.core.weights import Key, WeightMap
from nnbench.models._inputs import token_input
from nnbench.models._outputs import logits

PAPER = Paper("Generating sequences with recurrent neural networks", "Graves", 2013, "https://arxiv.org/abs/1308.0850")
ZAREMBA = Paper(
    "Recurrent neural network regularization",
    "Zaremba, Sutskever and Vinyals",
    2014,
    "https://arxiv.org/abs/1409.2329",
)

PTB: dict[str, Any] = {"depth": 2, "classes": 10_000, "paper": ZAREMBA}
VARIANTS: dict[str, dict[str, Any]] = {
    "lstm_char": {"units": 128, "depth": 2},
    "lstm_char_tiny": {"units": 16, "depth": 1, "input_shape": (16,)},
    "lstm_ptb_small": {**PTB, "units": 200, "limit": 0.1, "input_shape": (20,)},
    "lstm_ptb_medium": {**PTB, "units": 650, "limit": 0.05, "dropout": 0.5, "input_shape": (35,)},
    "lstm_ptb_large": {**PTB, "units": 1500, "limit": 0.04, "dropout": 0.65, "input_shape": (35,)},
}

WEIGHTS = WeightMap(
    {"embedding": "encoder", r"lstm(\d+)/lstm_cell": Key("rnn", suffix="_l{1:-1}"), "logits": "decoder"}
)


@register_model(
    family="rnn",
    paper=PAPER,
    input_shape=(64,),
    classes=65,
    tasks=("language",),
    inputs=("tokens",),
    feature_layer=None,
    variants=VARIANTS,
    weights={"pytorch": WEIGHTS},
)
def lstm_language(
    input_shape: Shape,
    classes: int,
    *,
    units: int = 128,
    depth: int = 2,
    dropout: float = 0.0,
    limit: float | None = None,
) -> keras.Model:
    """Logits (batch, length, classes) of each next token.

    Args:
        units: width of the embedding and of every layer.
        depth: number of LSTM layers.
        dropout: share dropped after the embedding and after every layer while training.
        limit: all weights start uniform in ±`limit`; None for Keras's defaults.
    """
    inputs, tokens = token_input(input_shape)
    x = keras.layers.Embedding(classes, units, name="embedding", **_uniform(limit, "embeddings"))(tokens)
    for i in range(depth + 1):
        if i:
            options = _uniform(limit, "kernel", "recurrent", "bias")
            x = keras.layers.LSTM(
                units, return_sequences=True, unit_forget_bias=limit is None, name=f"lstm{i}", **options
            )(x)
        if dropout:
            x = keras.layers.Dropout(dropout, name=f"dropout{i}")(x)
    return keras.Model(inputs, logits(x, classes, **_uniform(limit, "kernel", "bias")), name="lstm_language")


def _uniform(limit: float | None, *parts: str) -> dict[str, Any]:
    """Return initialisers of a layer's `parts` as keyword arguments, one object each."""
    if limit is None:
        return {}
    return {f"{part}_initializer": keras.initializers.RandomUniform(-limit, limit) for part in parts}
