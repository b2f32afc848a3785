"""Compact vision transformers, for small datasets: patches of an image, and a class token or pooling by attention.

Hassani et al. (2021), `nnbench.models._compact`: ViT-Lite is a small vision transformer, CVT puts attention's pooling
in the place of its class token. ``cvt_7_4`` has 7 blocks and patches of 4×4; the image size and classes are those of
the authors' variants. The biases of the patches start at 0, where theirs follow PyTorch's default.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.models._compact import PAPER, SIZE_6, SIZE_7, SIZE_TINY, STDDEV, encoded, pooled
from nnbench.models._initializers import he_normal
from nnbench.models._inputs import image_input
from nnbench.models._outputs import head
from nnbench.models._transformer import normal
from nnbench.models._vision import patches

CVT = {"pooling": True}
VARIANTS: dict[str, dict[str, Any]] = {
    "vit_lite_tiny": SIZE_TINY,
    "vit_lite_6_4": SIZE_6,
    "vit_lite_6_8": {**SIZE_6, "patch": 8},
    "vit_lite_6_16": {**SIZE_6, "patch": 16},
    "vit_lite_7_4": SIZE_7,
    "vit_lite_7_8": {**SIZE_7, "patch": 8},
    "vit_lite_7_16": {**SIZE_7, "patch": 16},
    "cvt_tiny": {**SIZE_TINY, **CVT},
    "cvt_6_4": {**SIZE_6, **CVT},
    "cvt_6_8": {**SIZE_6, **CVT, "patch": 8},
    "cvt_7_4": {**SIZE_7, **CVT},
    "cvt_7_8": {**SIZE_7, **CVT, "patch": 8},
}


@register_model(
    family="transformer", licence="Apache-2.0", paper=PAPER, input_shape=(32, 32, 3), classes=10, variants=VARIANTS
)
def vit_lite(
    input_shape: Shape,
    classes: int,
    *,
    patch: int = 4,
    pooling: bool = False,
    width: int = 256,
    depth: int = 7,
    heads: int = 4,
    mlp_ratio: int = 2,
    attention_dropout: float = 0.1,
    stochastic_depth: float = 0.1,
) -> keras.Model:
    """A small vision transformer; ``features`` is the class token or the pooled tokens (batch, width).

    Args:
        patch: side of the square patches; it divides both sides of the image.
        pooling: the mean of all tokens with learned weights, instead of a class token.
        width: dimensions of each token.
        depth: number of blocks.
        heads, mlp_ratio, attention_dropout, stochastic_depth: see `nnbench.models._compact.encoded`.

    Raises:
        ArgumentError: an image that `patch` does not cut evenly.
    """
    from nnbench.layers.tokens import ClassToken

    inputs, x = image_input(input_shape)
    x = patches(x, input_shape, patch, width, kernel_initializer=he_normal("fan_in"))
    x = encoded(
        x if pooling else ClassToken(name="class_token")(x),
        depth=depth,
        heads=heads,
        mlp_ratio=mlp_ratio,
        attention_dropout=attention_dropout,
        stochastic_depth=stochastic_depth,
    )
    x = pooled(x) if pooling else x[:, 0]
    return keras.Model(inputs, head(x, classes, kernel_initializer=normal(STDDEV)), name="vit_lite")
