"""FT-Transformer: every feature of a table is a token, and a class token attends to them.

Gorishniy, Rubachev, Khrulkov and Babenko (2021), section 3.3. Sizes, dropout, the missing first normalisation, ReGLU
and initialisation are those of the default of the authors' package ``rtdl_revisiting_models``. In the last block only
the class token asks, as there, so only its row is computed: the same outputs for less work.

Shapes: B batch, N numbers, C categories, T = 1 + N + C tokens, W width.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.models._convolution import relu
from nnbench.models._initializers import layer_options
from nnbench.models._inputs import flat_input
from nnbench.models._outputs import head, stage
from nnbench.models._tabular import INPUTS, RTDL, TASKS, dense
from nnbench.models._transformer import dropped

VARIANTS: dict[str, dict[str, Any]] = {
    "ft_transformer": {},
    "ft_transformer_tiny": {"width": 16, "depth": 2, "heads": 2, "classes": 10},
}

EPSILON = 1e-5


@register_model(
    family="transformer",
    licence="MIT",
    paper=RTDL,
    input_shape=(8,),
    classes=1,
    tasks=TASKS,
    inputs=INPUTS,
    variants=VARIANTS,
)
def ft_transformer(
    input_shape: Shape,
    classes: int,
    *,
    width: int = 192,
    depth: int = 3,
    heads: int = 8,
    hidden_ratio: float = 4 / 3,
    attention_dropout: float = 0.2,
    hidden_dropout: float = 0.1,
    residual_dropout: float = 0.0,
    cardinalities: Sequence[int] = (),
) -> keras.Model:
    """A Transformer over the features of a row; ``features`` is the normalised, rectified class token (B, W).

    Args:
        width: dimensions of each token.
        depth: number of blocks.
        heads: attention heads; they divide `width`.
        hidden_ratio: hidden units of a block after the gate, as a multiple of `width`.
        attention_dropout, hidden_dropout, residual_dropout: shares of the attention weights, of the hidden units and of
            what a block adds that are dropped while training.
        cardinalities: numbers of categories of the last columns, one for each categorical column, whose values are
            0, 1 … below that number; the columns before them hold numbers.

    Raises:
        ArgumentError: heads that do not divide the width, no block, or more categorical columns than columns.
    """
    _check(width, heads, depth)
    inputs, x = flat_input(input_shape)
    x = _tokens(x, width, tuple(cardinalities))
    for i in range(1, depth + 1):
        x = _attended(x, i, heads, attention_dropout, residual_dropout, first_only=i == depth)
        h = _gated(_normalized(x, f"block{i}_norm2"), int(hidden_ratio * width), hidden_dropout, f"block{i}_mlp")
        x = _added(x, h, residual_dropout, f"block{i}_residual2")
        x = stage(x, i)
    x = relu(_normalized(x[:, 0], "norm"))
    return keras.Model(inputs, head(x, classes, **layer_options("torch", width)), name="ft_transformer")


def _tokens(x: Any, width: int, cardinalities: tuple[int, ...]) -> Any:
    """Return the class token and one token per column: (B, T, W) from (B, N + C)."""
    from nnbench.layers.tokens import ClassToken

    numbers = x.shape[-1] - len(cardinalities)
    if numbers < 0 or any(n < 1 for n in cardinalities):
        raise ArgumentError(
            f"cardinalities must be positive, and no more than the {x.shape[-1]} columns. Received: {cardinalities}."
        )
    parts = [_numbers(x[:, :numbers], width)] if numbers else []
    if cardinalities:
        parts.append(_categories(x[:, numbers:], width, cardinalities))
    tokens = keras.ops.concatenate(parts, axis=1) if len(parts) == 2 else parts[0]
    return ClassToken(_uniform(width), name="class_token")(tokens)


def _numbers(x: Any, width: int) -> Any:
    """Return each number times a vector of its own plus another: (B, N, W) from (B, N)."""
    layer = keras.layers.EinsumDense(
        "bn,nw->bnw",
        output_shape=(x.shape[-1], width),
        bias_axes="nw",
        kernel_initializer=_uniform(width),
        bias_initializer=_uniform(width),
        name="numbers",
    )
    return layer(x)


def _categories(x: Any, width: int, cardinalities: tuple[int, ...]) -> Any:
    """Return the vector of each category plus one of its column: (B, C, W) from category numbers (B, C)."""
    from nnbench.layers.tokens import PositionEmbedding

    # One table for all columns, whose rows follow each other.
    starts = list(accumulate(cardinalities, initial=0))
    rows = keras.ops.cast(x, "int32") + np.asarray(starts[:-1], "int32")
    vectors = keras.layers.Embedding(starts[-1], width, embeddings_initializer=_uniform(width), name="categories")
    return PositionEmbedding(_uniform(width), name="category_bias")(vectors(rows))


def _attended(x: Any, number: int, heads: int, dropout: float, residual_dropout: float, *, first_only: bool) -> Any:
    """Return `x` (B, T, W) plus attention; the class token's row alone, (B, 1, W), with `first_only`."""
    name = f"block{number}"
    h = _normalized(x, f"{name}_norm1") if number > 1 else x
    width = x.shape[-1]
    attention = keras.layers.MultiHeadAttention(
        heads, width // heads, dropout=dropout, kernel_initializer=_uniform(width), name=f"{name}_attention"
    )
    h = attention(h[:, :1] if first_only else h, h)
    return _added(x[:, :1] if first_only else x, h, residual_dropout, f"{name}_residual1")


def _gated(x: Any, hidden: int, dropout: float, name: str) -> Any:
    """Return a network of one hidden layer whose units are gated by rectified ones (ReGLU): (B, T, W)."""
    kept, gate = keras.ops.split(dense(x, 2 * hidden, f"{name}1"), 2, axis=-1)
    h = keras.layers.Multiply(name=f"{name}_gate")([kept, relu(gate)])
    return dense(dropped(h, dropout, f"{name}_dropout"), x.shape[-1], f"{name}2")


def _added(x: Any, h: Any, dropout: float, name: str) -> Any:
    return keras.layers.Add(name=name)([x, dropped(h, dropout, f"{name}_dropout")])


def _normalized(x: Any, name: str) -> Any:
    return keras.layers.LayerNormalization(epsilon=EPSILON, name=name)(x)


def _uniform(fan: int) -> Any:
    return keras.initializers.RandomUniform(-(fan**-0.5), fan**-0.5)


def _check(width: int, heads: int, depth: int) -> None:
    if width % heads:
        raise ArgumentError(f"width must be a multiple of heads ({heads}). Received: {width}.")
    if depth < 1:
        raise ArgumentError(f"depth must be at least 1. Received: {depth}.")
