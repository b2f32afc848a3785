"""What compact transformers share: their sizes, blocks that normalise the stream itself, pooling by attention.

Hassani et al. (2021), section 3 and table 1, as the authors' code builds them. A block normalises the stream between
its two parts. Attention weights are dropped, and branches left out, at rates up to 0.1 while training. Positions are
learned; linear weights start from a normal distribution of deviation 0.02. Shapes: B batch, L tokens, W width.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.paper import Paper
from nnbench.models._outputs import stage
from nnbench.models._stochastic_depth import dropped_path, rates
from nnbench.models._transformer import BlockSpec, check, normal, normalized, two_layers

PAPER = Paper(
    "Escaping the big data paradigm with compact transformers",
    "Hassani et al.",
    2021,
    "https://arxiv.org/abs/2104.05704",
)

STDDEV = 0.02
POSITIONS_STDDEV = 0.2

SIZE_TINY = {"width": 16, "depth": 2, "heads": 2, "mlp_ratio": 1, "input_shape": (8, 8, 1)}
SIZE_2 = {"width": 128, "depth": 2, "heads": 2, "mlp_ratio": 1}
SIZE_4 = {"width": 128, "depth": 4, "heads": 2, "mlp_ratio": 1}
SIZE_6 = {"width": 256, "depth": 6, "heads": 4, "mlp_ratio": 2}
SIZE_7 = {"width": 256, "depth": 7, "heads": 4, "mlp_ratio": 2}
SIZE_14 = {"width": 384, "depth": 14, "heads": 6, "mlp_ratio": 3}


def encoded(
    x: Any, *, depth: int, heads: int, mlp_ratio: int, attention_dropout: float, stochastic_depth: float
) -> Any:
    """Return what `depth` blocks make of tokens `x` (B, L, W) at learned positions: the same shape, normalised.

    Args:
        heads: attention heads; they divide W.
        mlp_ratio: hidden units of a block's two-layer network, as a multiple of W.
        attention_dropout: share of the attention weights dropped while training. Above 0, attention is not fused.
        stochastic_depth: rate at which the last block's branches are left out while training; it grows from 0 at the
            first block's.

    Raises:
        ArgumentError: a width that the heads do not divide.
    """
    from nnbench.layers.tokens import PositionEmbedding

    x = PositionEmbedding(normal(POSITIONS_STDDEV), name="positions")(x)
    mlp_width = mlp_ratio * x.shape[-1]
    spec = BlockSpec(heads=heads, mlp_width=mlp_width, dropout=attention_dropout, epsilon=1e-5, stddev=STDDEV)
    check(x, spec)
    for i, rate in enumerate(rates(stochastic_depth, depth), 1):
        x = stage(_block(x, spec, rate, f"block{i}"), i)
    return normalized(x, spec, "norm")


def pooled(x: Any) -> Any:
    """Return (B, W) of tokens `x` (B, L, W): their mean, weighted by a linear layer's softmax."""
    scores = keras.layers.Dense(1, kernel_initializer=normal(STDDEV), name="pooling")(x)
    weights = keras.layers.Softmax(axis=1, name="pooling_weights")(scores)
    return keras.layers.Dot(axes=1, name="pooled")([weights, x])[:, 0]


def _block(x: Any, spec: BlockSpec, drop: float, name: str) -> Any:
    h = _attention(normalized(x, spec, f"{name}_norm1"), spec, f"{name}_attention")
    x = keras.layers.Add(name=f"{name}_add1")([x, dropped_path(h, drop, f"{name}_drop1")])
    x = normalized(x, spec, f"{name}_norm2")
    h = two_layers(x, spec, name)
    return keras.layers.Add(name=f"{name}_add2")([x, dropped_path(h, drop, f"{name}_drop2")])


def _attention(x: Any, spec: BlockSpec, name: str) -> Any:
    """Return attention over `x` (B, L, W): only the last of its projections has a bias, unlike Keras's."""
    length, width = x.shape[1:]
    qkv = keras.layers.Dense(3 * width, use_bias=False, kernel_initializer=normal(STDDEV), name=f"{name}_qkv")(x)
    qkv = keras.layers.Reshape((length, 3, spec.heads, width // spec.heads), name=f"{name}_heads")(qkv)
    q, k, v = (qkv[:, :, i] for i in range(3))
    x = _dropping_attention(q, k, v, spec.dropout, name) if spec.dropout else keras.ops.dot_product_attention(q, k, v)
    x = keras.layers.Reshape((length, width), name=f"{name}_gathered")(x)
    return keras.layers.Dense(width, kernel_initializer=normal(STDDEV), name=f"{name}_projection")(x)


def _dropping_attention(q: Any, k: Any, v: Any, rate: float, name: str) -> Any:
    """Return (B, L, heads, d) from three of that shape, with attention weights dropped while training."""
    scores = keras.ops.einsum("btnd,bsnd->bnts", q * q.shape[-1] ** -0.5, k)
    weights = keras.layers.Dropout(rate, name=f"{name}_dropout")(keras.layers.Softmax(name=f"{name}_softmax")(scores))
    return keras.ops.einsum("bnts,bsnd->btnd", weights, v)
