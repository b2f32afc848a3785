"""What vision transformers share: an image cut into patches, tokens in front of them, Transformer blocks.

Dosovitskiy et al. (2021), figure 1. Weights start from a normal distribution of deviation 0.02, those that embed the
patches from LeCun's normal. Shapes: B batch, P patches, T tokens in front of them, W width.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape
from nnbench.core.weights import Key, WeightMap
from nnbench.models._outputs import stage
from nnbench.models._transformer import BlockSpec, block, dropped, normal

STDDEV = 0.02

TIMM: dict[str, Key | str] = {
    "class_token": Key("", names={"token": "cls_token"}),
    "positions": Key("", names={"embeddings": "pos_embed"}),
    "patch_embedding": "patch_embed.proj",
    r"block(\d+)_norm(\d)": "blocks.{1:-1}.norm{2}",
    r"block(\d+)_attention/query": Key("blocks.{1:-1}.attn.qkv", part=(0, 3)),
    r"block(\d+)_attention/key": Key("blocks.{1:-1}.attn.qkv", part=(1, 3)),
    r"block(\d+)_attention/value": Key("blocks.{1:-1}.attn.qkv", part=(2, 3)),
    r"block(\d+)_attention/attention_output": "blocks.{1:-1}.attn.proj",
    r"block(\d+)_mlp(\d)": "blocks.{1:-1}.mlp.fc{2}",
    "norm": "norm",
    "logits": "head",
}

TIMM_WEIGHTS = WeightMap(TIMM)


def encoded(
    x: Any,
    input_shape: Shape,
    spec: BlockSpec,
    *,
    patch: int,
    width: int,
    depth: int,
    tokens: Sequence[str] = ("class_token",),
    token_stddev: float = 0.0,
) -> Any:
    """Return what `depth` blocks make of images `x` (B, h, w, c): (B, T + P, W), not normalised.

    Args:
        input_shape: of one image, for messages.
        spec: of the blocks.
        patch: side of the square patches; it divides both sides of the image.
        width: W.
        tokens: names of the layers that put a learned token in front, in the order in which the tokens stand.
        token_stddev: of the normal distribution that these tokens start from.

    Raises:
        ArgumentError: an image that `patch` does not cut evenly.
    """
    from nnbench.layers.tokens import ClassToken, PositionEmbedding

    x = patches(x, input_shape, patch, width, kernel_initializer="lecun_normal")
    for name in reversed(tokens):
        x = ClassToken(normal(token_stddev) if token_stddev else "zeros", name=name)(x)
    x = dropped(PositionEmbedding(normal(STDDEV), name="positions")(x), spec.dropout, "embedding_dropout")
    for i in range(1, depth + 1):
        x = stage(block(x, spec, f"block{i}"), i)
    return x


def patches(x: Any, input_shape: Shape, patch: int, width: int, *, kernel_initializer: Any) -> Any:
    """Return one vector for each patch of images `x` (B, h, w, c): (B, P, W).

    Args:
        input_shape, patch, width: as in `encoded`.
        kernel_initializer: of the linear layer that embeds a patch.

    Raises:
        ArgumentError: an image that `patch` does not cut evenly.
    """
    if x.shape[1] % patch or x.shape[2] % patch:
        raise ArgumentError(f"input_shape must have sides that patch ({patch}) divides. Received: {input_shape}.")
    embed = keras.layers.Conv2D(
        width, patch, strides=patch, kernel_initializer=kernel_initializer, name="patch_embedding"
    )
    return keras.layers.Reshape((-1, width), name="patches")(embed(x))
