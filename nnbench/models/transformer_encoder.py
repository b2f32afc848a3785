"""A Transformer encoder that classifies signals step by step, images row by row, and texts token by token.

Vaswani et al. (2017), with learned positions (Devlin et al. 2019), the normalisation in front of each part (Xiong et
al. 2020), and a classifier on the mean over positions.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._inputs import sequence_input, token_input
from nnbench.models._outputs import head, stage
from nnbench.models._transformer import BlockSpec, block, dropped, normalized

PAPER = Paper("Attention is all you need", "Vaswani et al.", 2017, "https://arxiv.org/abs/1706.03762")

VARIANTS: dict[str, dict[str, Any]] = {
    "transformer_encoder": {"width": 64, "depth": 2, "heads": 4},
    "transformer_tiny": {"width": 16, "depth": 1, "heads": 2, "input_shape": (8, 8, 1)},
    "transformer_text": {
        "width": 64,
        "depth": 1,
        "heads": 2,
        "dropout": 0.1,
        "vocabulary": 20_000,
        "input_shape": (200,),
        "classes": 2,
        "inputs": ("tokens",),
        "tasks": ("classification",),
    },
}


@register_model(
    family="transformer",
    paper=PAPER,
    input_shape=(28, 28, 1),
    classes=10,
    tasks=("classification", "regression"),
    inputs=("image", "signal", "table"),
    variants=VARIANTS,
)
def transformer_encoder(
    input_shape: Shape,
    classes: int,
    *,
    width: int = 64,
    depth: int = 2,
    heads: int = 4,
    mlp_ratio: int = 4,
    dropout: float = 0.0,
    vocabulary: int | None = None,
) -> keras.Model:
    """An encoder over steps, rows or tokens.

    Args:
        width: dimensions of each position's vector.
        depth: number of blocks.
        heads: attention heads; they divide `width`.
        mlp_ratio: hidden units of a block's two-layer network, as a multiple of `width`.
        dropout: share dropped while training.
        vocabulary: number of different tokens; the input is then (length,) token numbers. None reads values.
    """
    from nnbench.layers.tokens import PositionEmbedding

    inputs, x = _embedded(input_shape, width, vocabulary)
    x = dropped(PositionEmbedding(name="positions")(x), dropout, "embedding_dropout")
    spec = BlockSpec(heads=heads, mlp_width=mlp_ratio * width, dropout=dropout)
    for i in range(1, depth + 1):
        x = stage(block(x, spec, f"block{i}"), i)
    x = keras.layers.GlobalAveragePooling1D(name="average")(normalized(x, spec, "norm"))
    return keras.Model(inputs, head(x, classes), name="transformer_encoder")


def _embedded(input_shape: Shape, width: int, vocabulary: int | None) -> tuple[Any, Any]:
    """Return the input and its vectors (batch, length, width)."""
    if vocabulary is None:
        inputs, x = sequence_input(input_shape)
        return inputs, keras.layers.Dense(width, name="embedding")(x)
    inputs, tokens = token_input(input_shape)
    return inputs, keras.layers.Embedding(vocabulary, width, name="embedding")(tokens)
