"""Compact convolutional transformers, for small datasets: convolutions give the tokens, attention pools them.

Hassani et al. (2021), section 3 and table 1, as the authors' code builds them: ``cct_7_3x1`` has 7 blocks, and 1
convolution of 3×3 in front; the input sizes and classes are those of the authors' variants. A block normalises the
stream itself between its two parts. Attention weights are dropped, and branches left out, at rates up to 0.1 while
training. Positions are learned; linear weights start from a normal distribution of deviation 0.02.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._convolution import convolution, relu
from nnbench.models._initializers import he_normal
from nnbench.models._inputs import image_input
from nnbench.models._outputs import head, stage
from nnbench.models._pooling import padded_max
from nnbench.models._stochastic_depth import dropped_path, rates
from nnbench.models._transformer import BlockSpec, check, normal, normalized, two_layers

PAPER = Paper(
    "Escaping the big data paradigm with compact transformers",
    "Hassani et al.",
    2021,
    "https://arxiv.org/abs/2104.05704",
)

SIZE_2 = {"width": 128, "depth": 2, "heads": 2, "mlp_ratio": 1}
SIZE_4 = {"width": 128, "depth": 4, "heads": 2, "mlp_ratio": 1}
SIZE_6 = {"width": 256, "depth": 6, "heads": 4, "mlp_ratio": 2}
SIZE_7 = {"width": 256, "depth": 7, "heads": 4, "mlp_ratio": 2}
SIZE_14 = {"width": 384, "depth": 14, "heads": 6, "mlp_ratio": 3}
LARGE_IMAGE = {"kernel": 7, "convolutions": 2, "input_shape": (224, 224, 3)}
VARIANTS: dict[str, dict[str, Any]] = {
    "cct_tiny": {"width": 16, "depth": 2, "heads": 2, "mlp_ratio": 1, "input_shape": (8, 8, 1)},
    "cct_2_3x2": {**SIZE_2, "convolutions": 2},
    "cct_4_3x2": {**SIZE_4, "convolutions": 2},
    "cct_6_3x1": SIZE_6,
    "cct_6_3x2": {**SIZE_6, "convolutions": 2},
    "cct_7_3x1": SIZE_7,
    "cct_7_3x2": {**SIZE_7, "convolutions": 2},
    "cct_7_7x2": {**SIZE_7, **LARGE_IMAGE, "classes": 102},
    "cct_14_7x2": {**SIZE_14, **LARGE_IMAGE, "classes": 1000},
}

STDDEV = 0.02
POSITIONS_STDDEV = 0.2
HIDDEN_MAPS = 64


@register_model(
    family="transformer", licence="Apache-2.0", paper=PAPER, input_shape=(32, 32, 3), classes=10, variants=VARIANTS
)
def cct(
    input_shape: Shape,
    classes: int,
    *,
    width: int = 256,
    depth: int = 7,
    heads: int = 4,
    mlp_ratio: int = 2,
    kernel: int = 3,
    convolutions: int = 1,
    attention_dropout: float = 0.1,
    stochastic_depth: float = 0.1,
) -> keras.Model:
    """A compact convolutional transformer; ``features`` is the mean of all tokens with learned weights.

    Args:
        width: dimensions of each token.
        depth: number of blocks.
        heads: attention heads; they divide `width`.
        mlp_ratio: hidden units of a block's two-layer network, as a multiple of `width`.
        kernel: side of the convolutions, which stride by half of it.
        convolutions: how many, each followed by pooling that halves the map.
        attention_dropout: share of the attention weights dropped while training. Above 0, attention is not fused.
        stochastic_depth: rate at which the last block's branches are left out while training; it grows from 0 at the
            first block's.
    """
    from nnbench.layers.tokens import PositionEmbedding

    inputs, x = image_input(input_shape)
    x = _tokens(x, width, kernel, convolutions)
    x = PositionEmbedding(normal(POSITIONS_STDDEV), name="positions")(x)
    spec = BlockSpec(heads=heads, mlp_width=mlp_ratio * width, dropout=attention_dropout, epsilon=1e-5, stddev=STDDEV)
    check(x, spec)
    for i, rate in enumerate(rates(stochastic_depth, depth), 1):
        x = stage(_block(x, spec, rate, f"block{i}"), i)
    x = _pooled(normalized(x, spec, "norm"))
    return keras.Model(inputs, head(x, classes, kernel_initializer=normal(STDDEV)), name="cct")


def _tokens(x: Any, width: int, kernel: int, convolutions: int) -> Any:
    """Return (batch, tokens, width) of images `x` (batch, h, w, c)."""
    strides = max(1, kernel // 2 - 1)
    for i in range(1, convolutions + 1):
        maps = width if i == convolutions else HIDDEN_MAPS
        options = {"use_bias": False, "kernel_initializer": he_normal("fan_in"), "name": f"conv{i}"}
        x = relu(convolution(x, maps, kernel, strides=strides, padding=kernel // 2, **options))
        x = padded_max(x, name=f"pool{i}")
    return keras.layers.Reshape((-1, width), name="tokens")(x)


def _block(x: Any, spec: BlockSpec, drop: float, name: str) -> Any:
    h = _attention(normalized(x, spec, f"{name}_norm1"), spec, f"{name}_attention")
    x = keras.layers.Add(name=f"{name}_add1")([x, dropped_path(h, drop, f"{name}_drop1")])
    x = normalized(x, spec, f"{name}_norm2")
    h = two_layers(x, spec, name)
    return keras.layers.Add(name=f"{name}_add2")([x, dropped_path(h, drop, f"{name}_drop2")])


def _attention(x: Any, spec: BlockSpec, name: str) -> Any:
    """Return attention over `x` (batch, length, width): only the last of its projections has a bias, unlike Keras's."""
    length, width = x.shape[1:]
    qkv = keras.layers.Dense(3 * width, use_bias=False, kernel_initializer=normal(STDDEV), name=f"{name}_qkv")(x)
    qkv = keras.layers.Reshape((length, 3, spec.heads, width // spec.heads), name=f"{name}_heads")(qkv)
    q, k, v = (qkv[:, :, i] for i in range(3))
    x = _dropping_attention(q, k, v, spec.dropout, name) if spec.dropout else keras.ops.dot_product_attention(q, k, v)
    x = keras.layers.Reshape((length, width), name=f"{name}_gathered")(x)
    return keras.layers.Dense(width, kernel_initializer=normal(STDDEV), name=f"{name}_projection")(x)


def _dropping_attention(q: Any, k: Any, v: Any, rate: float, name: str) -> Any:
    """Return (batch, length, heads, d) from three of that shape, with attention weights dropped while training."""
    scores = keras.ops.einsum("btnd,bsnd->bnts", q * q.shape[-1] ** -0.5, k)
    weights = keras.layers.Dropout(rate, name=f"{name}_dropout")(keras.layers.Softmax(name=f"{name}_softmax")(scores))
    return keras.ops.einsum("bnts,bsnd->btnd", weights, v)


def _pooled(x: Any) -> Any:
    """Return (batch, width) of tokens `x` (batch, length, width): their mean, weighted by a linear layer's softmax."""
    scores = keras.layers.Dense(1, kernel_initializer=normal(STDDEV), name="pooling")(x)
    weights = keras.layers.Softmax(axis=1, name="pooling_weights")(scores)
    return keras.layers.Dot(axes=1, name="pooled")([weights, x])[:, 0]
