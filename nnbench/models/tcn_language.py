"""The temporal convolutional network on tokens: an output at every step.

Bai, Kolter and Koltun (2018), `nnbench.models._tcn`, in the sizes of their table 2 (kernel, levels, maps). Copy memory
of T blanks: (T + 20,) numbers 0 to 9, read as values of one channel as the authors' code reads them; 12,530 parameters
for T = 1000, where the paper rounds all its networks for this task to 16K. Penn Treebank by characters (3M) and words
(13M), text8 by its 27 characters, Wikitext-103 by 267,735 words, and LAMBADA by the 93,215 words that the authors' code
lists, and an end of sentence: the last level has the width of the embedding, and the output layer is the transposed
embedding. It has no biases here, where the authors' code has one per token. LAMBADA's dropout is that code's.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.weights import WeightMap
from nnbench.models._initializers import layer_options
from nnbench.models._inputs import token_input
from nnbench.models._outputs import logits, output_dtype
from nnbench.models._tcn import IGNORED, KEYS, PAPER, levels

COPY: dict[str, Any] = {"classes": 10, "width": 10, "dropout": 0.05}
WEIGHTS = {"pytorch": WeightMap({**KEYS, "logits": "linear"}, ignored=IGNORED)}
VARIANTS: dict[str, dict[str, Any]] = {
    "tcn_char_tiny": {"width": 16, "depth": 2, "kernel": 3, "embedding": 8, "input_shape": (16,), "classes": 65},
    "tcn_copy_500": {**COPY, "depth": 9, "kernel": 6, "input_shape": (520,), "weights": WEIGHTS},
    "tcn_copy_1000": {**COPY, "depth": 8, "kernel": 8, "input_shape": (1020,), "weights": WEIGHTS},
    "tcn_copy_2000": {**COPY, "depth": 9, "kernel": 8, "input_shape": (2020,), "weights": WEIGHTS},
    "tcn_ptb_char": {
        "width": 450,
        "depth": 3,
        "kernel": 3,
        "embedding": 100,
        "dropout": 0.1,
        "input_shape": (400,),
        "classes": 50,
    },
    "tcn_ptb_word": {
        "width": 600,
        "depth": 4,
        "kernel": 3,
        "embedding": 600,
        "dropout": 0.5,
        "input_shape": (80,),
        "classes": 10_000,
    },
    "tcn_text8": {
        "width": 520,
        "depth": 5,
        "kernel": 2,
        "embedding": 100,
        "dropout": 0.1,
        "input_shape": (400,),
        "classes": 27,
    },
    "tcn_wikitext103": {
        "width": 1000,
        "depth": 5,
        "kernel": 3,
        "embedding": 400,
        "dropout": 0.4,
        "input_shape": (80,),
        "classes": 267_735,
    },
    "tcn_lambada": {
        "width": 500,
        "depth": 5,
        "kernel": 4,
        "embedding": 500,
        "dropout": 0.1,
        "input_shape": (100,),
        "classes": 93_216,
    },
}


@register_model(
    family="cnn",
    licence="MIT",
    paper=PAPER,
    input_shape=(400,),
    classes=50,
    tasks=("language",),
    inputs=("tokens",),
    feature_layer=None,
    variants=VARIANTS,
)
def tcn_language(
    input_shape: Shape,
    classes: int,
    *,
    width: int = 450,
    depth: int = 3,
    kernel: int = 3,
    embedding: int | None = None,
    dropout: float = 0.0,
) -> keras.Model:
    """Logits (batch, length, classes) at every step of a sequence of tokens.

    Args:
        width: maps of every level; of the last one only without an `embedding`.
        depth: number of levels; each doubles the dilation.
        kernel: window of the convolutions.
        embedding: dimensions of a token's vector, which the output layer shares. None reads the token's number as a
            value, and the output layer is one of its own.
        dropout: share dropped after every convolution while training.
    """
    inputs, tokens = token_input(input_shape)
    if embedding is None:
        values = keras.layers.Reshape((*input_shape, 1), name="reshape")(tokens)
        x = keras.ops.cast(values, keras.config.dtype_policy().compute_dtype)
        x = levels(x, [width] * depth, kernel=kernel, dropout=dropout)
        return keras.Model(inputs, logits(x, classes, **layer_options("torch", width)), name="tcn_language")
    start = keras.initializers.RandomUniform(-0.1, 0.1)
    table = keras.layers.ReversibleEmbedding(classes, embedding, embeddings_initializer=start, name="embedding")
    x = levels(table(tokens), [*[width] * (depth - 1), embedding], kernel=kernel, dropout=dropout)
    x = keras.layers.Identity(name="logits", dtype=output_dtype())(table(x, reverse=True))
    return keras.Model(inputs, x, name="tcn_language")
