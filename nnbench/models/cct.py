"""Compact convolutional transformers, for small datasets: convolutions give the tokens, attention pools them.

Hassani et al. (2021), `nnbench.models._compact`: ``cct_7_3x1`` has 7 blocks, and 1 convolution of 3×3 in front; the
input sizes and classes are those of the authors' variants.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.models._compact import PAPER, SIZE_2, SIZE_4, SIZE_6, SIZE_7, SIZE_14, SIZE_TINY, STDDEV, encoded, pooled
from nnbench.models._convolution import convolution, relu
from nnbench.models._initializers import he_normal
from nnbench.models._inputs import image_input
from nnbench.models._outputs import head
from nnbench.models._pooling import padded_max
from nnbench.models._transformer import normal

LARGE_IMAGE = {"kernel": 7, "convolutions": 2, "input_shape": (224, 224, 3)}
VARIANTS: dict[str, dict[str, Any]] = {
    "cct_tiny": SIZE_TINY,
    "cct_2_3x2": {**SIZE_2, "convolutions": 2},
    "cct_4_3x2": {**SIZE_4, "convolutions": 2},
    "cct_6_3x1": SIZE_6,
    "cct_6_3x2": {**SIZE_6, "convolutions": 2},
    "cct_7_3x1": SIZE_7,
    "cct_7_3x2": {**SIZE_7, "convolutions": 2},
    "cct_7_7x2": {**SIZE_7, **LARGE_IMAGE, "classes": 102},
    "cct_14_7x2": {**SIZE_14, **LARGE_IMAGE, "classes": 1000},
}

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
        kernel: side of the convolutions, which stride by half of it.
        convolutions: how many, each followed by pooling that halves the map.
        heads, mlp_ratio, attention_dropout, stochastic_depth: see `nnbench.models._compact.encoded`.
    """
    inputs, x = image_input(input_shape)
    x = encoded(
        _tokens(x, width, kernel, convolutions),
        depth=depth,
        heads=heads,
        mlp_ratio=mlp_ratio,
        attention_dropout=attention_dropout,
        stochastic_depth=stochastic_depth,
    )
    return keras.Model(inputs, head(pooled(x), classes, kernel_initializer=normal(STDDEV)), name="cct")


def _tokens(x: Any, width: int, kernel: int, convolutions: int) -> Any:
    """Return (batch, tokens, width) of images `x` (batch, h, w, c)."""
    strides = max(1, kernel // 2 - 1)
    for i in range(1, convolutions + 1):
        maps = width if i == convolutions else HIDDEN_MAPS
        options = {"use_bias": False, "kernel_initializer": he_normal("fan_in"), "name": f"conv{i}"}
        x = relu(convolution(x, maps, kernel, strides=strides, padding=kernel // 2, **options))
        x = padded_max(x, name=f"pool{i}")
    return keras.layers.Reshape((-1, width), name="tokens")(x)
