"""Vision transformers: an image cut into patches, a class token, Transformer blocks.

Dosovitskiy et al. (2021), table 1; the tiny size is Touvron et al.'s (2021). Counts are those of torchvision and timm;
weights start from a normal distribution of deviation 0.02.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._inputs import image_input
from nnbench.models._outputs import head
from nnbench.models._transformer import BlockSpec, block, dropped, normal, normalized

PAPER = Paper(
    "An image is worth 16x16 words: transformers for image recognition at scale",
    "Dosovitskiy et al.",
    2021,
    "https://arxiv.org/abs/2010.11929",
)
DEIT = Paper(
    "Training data-efficient image transformers & distillation through attention",
    "Touvron et al.",
    2021,
    "https://arxiv.org/abs/2012.12877",
)

SMALL_IMAGE = {"input_shape": (28, 28, 1), "classes": 10}
VARIANTS: dict[str, dict[str, Any]] = {
    "vit_mini": {"patch": 7, "width": 64, "depth": 4, "heads": 4, **SMALL_IMAGE},
    "vit_tiny_patch16": {"patch": 16, "width": 192, "depth": 12, "heads": 3, "paper": DEIT},
    "vit_b_16": {"patch": 16, "width": 768, "depth": 12, "heads": 12},
}

STDDEV = 0.02


@register_model(family="transformer", paper=PAPER, input_shape=(224, 224, 3), classes=1000, variants=VARIANTS)
def vit(
    input_shape: Shape,
    classes: int,
    *,
    patch: int = 16,
    width: int = 192,
    depth: int = 12,
    heads: int = 3,
    mlp_ratio: int = 4,
    dropout: float = 0.0,
) -> keras.Model:
    """A vision transformer; ``features`` is the normalised class token (batch, width).

    Args:
        patch: side of the square patches; it divides both sides of the image.
        width: dimensions of each token.
        depth: number of blocks.
        heads: attention heads; they divide `width`.
        mlp_ratio: hidden units of a block's two-layer network, as a multiple of `width`.
        dropout: share dropped while training.
    """
    inputs, x = image_input(input_shape)
    x = dropped(_tokens(x, patch, width, input_shape), dropout, "embedding_dropout")
    spec = BlockSpec(heads=heads, mlp_width=mlp_ratio * width, dropout=dropout, stddev=STDDEV)
    for i in range(1, depth + 1):
        x = block(x, spec, f"block{i}")
    # Normalising after the selection gives the same token as before it, for a fraction of the work.
    x = normalized(x[:, 0], spec, "norm")
    return keras.Model(inputs, head(x, classes, kernel_initializer=normal(STDDEV)), name="vit")


def _tokens(x: Any, patch: int, width: int, input_shape: Shape) -> Any:
    """Return (batch, 1 + patches, width) tokens of images `x` (batch, h, w, c)."""
    from nnbench.layers.tokens import ClassToken, PositionEmbedding

    if x.shape[1] % patch or x.shape[2] % patch:
        raise ArgumentError(f"input_shape must have sides that patch ({patch}) divides. Received: {input_shape}.")
    x = keras.layers.Conv2D(width, patch, strides=patch, kernel_initializer="lecun_normal", name="patch_embedding")(x)
    x = keras.layers.Reshape((-1, width), name="patches")(x)
    return PositionEmbedding(normal(STDDEV), name="positions")(ClassToken(name="class_token")(x))
