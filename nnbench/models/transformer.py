"""The Transformer: an encoder and a decoder for translation.

Vaswani et al. (2017), section 3 and table 3. The normalisation follows each sum, attention has biases as in the
authors' code, one embedding serves source, target and output (tied; times √width on the way in). Sines of a position
fill the first half of its vector and cosines the second, as in that code and in Marian; the paper's alternation is a
permutation of it. Weights start as in that code: Glorot uniform, embeddings normal with deviation 1 / √width. Those of
a Marian model fit where it uses ReLU and has no bias of the output (``final_logits_bias``).
"""

from __future__ import annotations

import functools
from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.core.weights import WeightMap
from nnbench.models._outputs import output_dtype, stage
from nnbench.models._text import added, feed_forward, head_width, source_and_target
from nnbench.models._transformer import dropped, normal

PAPER = Paper("Attention is all you need", "Vaswani et al.", 2017, "https://arxiv.org/abs/1706.03762")

VARIANTS: dict[str, dict[str, Any]] = {
    "transformer_mini": {
        "width": 16,
        "depth": 1,
        "heads": 2,
        "hidden": 32,
        "classes": 100,
        "input_shape": (16,),
    },
    "transformer_base": {"width": 512, "heads": 8, "hidden": 2048},
    "transformer_big": {"width": 1024, "heads": 16, "hidden": 4096, "dropout": 0.3},
}

EPSILON = 1e-5

_LAYER = "{1}.layers.{2:-1}"
WEIGHTS = WeightMap(
    {
        "embedding": "shared",
        r"(encoder|decoder)(\d+)_attention/(query|key|value)": f"{_LAYER}.self_attn.{{3:.1}}_proj",
        r"(encoder|decoder)(\d+)_attention/output": f"{_LAYER}.self_attn.out_proj",
        r"(encoder|decoder)(\d+)_memory/(query|key|value)": f"{_LAYER}.encoder_attn.{{3:.1}}_proj",
        r"(encoder|decoder)(\d+)_memory/output": f"{_LAYER}.encoder_attn.out_proj",
        r"(encoder|decoder)(\d+)_norm1": f"{_LAYER}.self_attn_layer_norm",
        r"(encoder|decoder)(\d+)_norm2": f"{_LAYER}.encoder_attn_layer_norm",
        r"(encoder|decoder)(\d+)_norm3": f"{_LAYER}.final_layer_norm",
        r"(encoder|decoder)(\d+)_mlp([12])": f"{_LAYER}.fc{{3}}",
    },
    ignored=(r"(encoder|decoder)\.embed_(tokens|positions)\.weight", r"lm_head\.weight"),
    strip=("model.",),
)


@register_model(
    family="transformer",
    licence="Apache-2.0",
    paper=PAPER,
    input_shape=(256,),
    classes=37000,
    tasks=("translation",),
    inputs=("tokens",),
    feature_layer=None,
    variants=VARIANTS,
    weights={"transformers": WEIGHTS},
)
def transformer(
    input_shape: Shape,
    classes: int,
    *,
    target_length: int | None = None,
    width: int = 512,
    depth: int = 6,
    heads: int = 8,
    hidden: int = 2048,
    dropout: float = 0.1,
    padding: int | None = 0,
) -> keras.Model:
    """Logits (batch, target_length, classes) of each next target token, from ``source`` and ``target`` tokens.

    `input_shape` is that of the source, (length,); `classes` is the vocabulary of both. The target is what the decoder
    reads: it starts with a start token.

    Args:
        target_length: positions of the target; None for as many as the source's.
        width: dimensions of each position's vector; even.
        depth: number of blocks of the encoder, and of the decoder.
        heads: attention heads; they divide `width`.
        hidden: units of a block's two-layer network.
        dropout: share dropped while training, of embeddings and of what each part adds.
        padding: the token that fills up short sources, and that attention skips; None for none.
    """
    if width % 2:
        raise ArgumentError(f"width must be even. Received: {width}.")
    source, target = source_and_target(input_shape, target_length)
    initializer = normal(width**-0.5)
    embedding = keras.layers.ReversibleEmbedding(classes, width, embeddings_initializer=initializer, name="embedding")
    visible = None if padding is None else keras.ops.not_equal(source, padding)
    connected = functools.partial(block, heads=heads, hidden=hidden, dropout=dropout)
    memory = _embedded(embedding(source), dropout, "encoder")
    for i in range(1, depth + 1):
        memory = stage(connected(memory, None, visible, f"encoder{i}"), i)
    x = _embedded(embedding(target), dropout, "decoder")
    for i in range(1, depth + 1):
        x = stage(connected(x, memory, visible, f"decoder{i}"), depth + i)
    x = embedding(x, reverse=True)
    outputs = keras.layers.Identity(name="logits", dtype=output_dtype())(x)
    return keras.Model([source, target], outputs, name="transformer")


def block(x: Any, memory: Any, visible: Any, name: str, *, heads: int, hidden: int, dropout: float) -> Any:
    """Return `x` (B, L, W) after attention to itself, to a memory if there is one, and the two-layer network.

    Args:
        memory: (B, S, W), what the encoder gave; None in the encoder.
        visible: (B, S) booleans, the tokens of the source that may be seen; None for all.
    """
    decoding = memory is not None
    attention = _attention(x, heads, f"{name}_attention", causal=decoding)
    h = attention(x, visible=None if decoding else visible)
    x = _summed(x, h, dropout, f"{name}_attention", f"{name}_norm1")
    if decoding:
        h = _attention(x, heads, f"{name}_memory")(x, memory, visible=visible)
        x = _summed(x, h, dropout, f"{name}_memory", f"{name}_norm2")
    h = feed_forward(x, hidden, activation="relu", initializers=("glorot_uniform",) * 2, name=name)
    return _summed(x, h, dropout, f"{name}_mlp", f"{name}_norm3")


def _embedded(x: Any, dropout: float, side: str) -> Any:
    """Return embeddings `x` (B, L, W) times √W, plus their positions."""
    from nnbench.layers.tokens import SinusoidalPositions

    x = SinusoidalPositions(name=f"{side}_positions")(x * x.shape[-1] ** 0.5)
    return dropped(x, dropout, f"{side}_embedding_dropout")


def _summed(x: Any, change: Any, dropout: float, name: str, norm: str) -> Any:
    x = added(x, change, dropout=dropout, name=name)
    return keras.layers.LayerNormalization(epsilon=EPSILON, name=norm)(x)


def _attention(x: Any, heads: int, name: str, *, causal: bool = False) -> Any:
    from nnbench.layers.attention import Attention

    return Attention(heads, head_width(x.shape[-1], heads), causal=causal, name=name)
