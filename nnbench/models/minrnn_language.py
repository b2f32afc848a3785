"""minGRU and minLSTM language models.

Feng et al. (2024), section 4.3, on characters: embedding, blocks of `nnbench.models._minrnn`, a linear layer without
biases. Width and context are those of nanoGPT's character model, with which the paper compares; convolution, expansion
and two-layer network are the defaults of the public code.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.models._inputs import token_input
from nnbench.models._minrnn import PAPER, blocks, linear
from nnbench.models._outputs import output_dtype

VARIANTS: dict[str, dict[str, Any]] = {
    "mingru_char": {"cell": "mingru", "dropout": 0.2},
    "mingru_char_tiny": {"cell": "mingru", "width": 16, "depth": 1, "input_shape": (16,)},
    "minlstm_char": {"cell": "minlstm", "dropout": 0.2},
    "minlstm_char_tiny": {"cell": "minlstm", "width": 16, "depth": 1, "input_shape": (16,)},
}


@register_model(
    family="rnn",
    licence="MIT",
    paper=PAPER,
    input_shape=(256,),
    classes=65,
    tasks=("language",),
    inputs=("tokens",),
    feature_layer=None,
    variants=VARIANTS,
)
def minrnn_language(
    input_shape: Shape,
    classes: int,
    *,
    cell: str = "mingru",
    width: int = 384,
    depth: int = 3,
    expansion: float = 2.0,
    kernel: int = 4,
    dropout: float = 0.0,
) -> keras.Model:
    """Logits (batch, length, classes) of each next token.

    Args:
        cell: ``"mingru"`` or ``"minlstm"``.
        width: dimensions of each position's vector.
        depth: number of blocks.
        expansion: width of the state, as a multiple of `width`.
        kernel: window of the convolution in front of each recurrent layer; 0 leaves it out.
        dropout: share dropped in the two-layer networks while training.
    """
    inputs, tokens = token_input(input_shape)
    normal = keras.initializers.RandomNormal(stddev=1.0)
    x = keras.layers.Embedding(classes, width, embeddings_initializer=normal, name="embedding")(tokens)
    x = blocks(x, cell=cell, depth=depth, expansion=expansion, kernel=kernel, dropout=dropout)
    return keras.Model(
        inputs, linear(x, classes, "logits", dtype=output_dtype(), use_bias=False), name="minrnn_language"
    )
