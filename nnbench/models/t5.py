"""T5: an encoder-decoder Transformer with relative positions, from text to text.

Raffel et al. (2020), sections 2.1 and 3.7, as its authors' code builds it: RMS normalisation in front of each part, no
biases, products of queries and keys without scale, one bias of relative positions for all blocks of the encoder and one
for the decoder, and the embedding as output layer after a factor of 1 / √width (tied). Initial deviations are those of
the authors' code as well; 3B and 11B share the base's depth of 24 and differ in heads and hidden units alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.core.weights import WeightMap
from nnbench.models._outputs import output_dtype, stage
from nnbench.models._text import added, feed_forward, source_and_target
from nnbench.models._transformer import dropped, normal

PAPER = Paper(
    "Exploring the limits of transfer learning with a unified text-to-text transformer",
    "Raffel et al.",
    2020,
    "https://arxiv.org/abs/1910.10683",
)

VARIANTS: dict[str, dict[str, Any]] = {
    "t5_tiny": {
        "width": 16,
        "depth": 1,
        "heads": 2,
        "head_width": 8,
        "hidden": 32,
        "classes": 100,
        "input_shape": (16,),
    },
    "t5_small": {"width": 512, "depth": 6, "heads": 8, "hidden": 2048},
    "t5_base": {"width": 768, "depth": 12, "heads": 12, "hidden": 3072},
    "t5_large": {"width": 1024, "depth": 24, "heads": 16, "hidden": 4096},
    "t5_3b": {"width": 1024, "depth": 24, "heads": 32, "head_width": 128, "hidden": 16384},
    "t5_11b": {"width": 1024, "depth": 24, "heads": 128, "head_width": 128, "hidden": 65536},
}

EPSILON = 1e-6

_BLOCK = "{1}.block.{2:-1}.layer"
WEIGHTS = WeightMap(
    {
        "embedding": "shared",
        "(encoder|decoder)_positions": "{1}.block.0.layer.0.SelfAttention.relative_attention_bias",
        r"(encoder|decoder)(\d+)_norm1": f"{_BLOCK}.0.layer_norm",
        r"encoder(\d+)_norm3": "encoder.block.{1:-1}.layer.1.layer_norm",
        r"decoder(\d+)_norm([23])": "decoder.block.{1:-1}.layer.{2:-1}.layer_norm",
        r"(encoder|decoder)(\d+)_attention/(.).*": f"{_BLOCK}.0.SelfAttention.{{3}}",
        r"decoder(\d+)_memory/(.).*": "decoder.block.{1:-1}.layer.1.EncDecAttention.{2}",
        r"encoder(\d+)_mlp1": "encoder.block.{1:-1}.layer.1.DenseReluDense.wi",
        r"encoder(\d+)_mlp2": "encoder.block.{1:-1}.layer.1.DenseReluDense.wo",
        r"decoder(\d+)_mlp1": "decoder.block.{1:-1}.layer.2.DenseReluDense.wi",
        r"decoder(\d+)_mlp2": "decoder.block.{1:-1}.layer.2.DenseReluDense.wo",
        "(encoder|decoder)_norm": "{1}.final_layer_norm",
    },
    ignored=(r"(encoder|decoder)\.embed_tokens\.weight", r"lm_head\.weight"),
)


@dataclass(frozen=True)
class Spec:
    """What all blocks have in common.

    Attributes:
        heads, head_width: of attention; together they need not make up the width.
        hidden: units of the two-layer network.
        dropout: share dropped while training.
    """

    heads: int
    head_width: int
    hidden: int
    dropout: float


@register_model(
    family="transformer",
    licence="Apache-2.0",
    paper=PAPER,
    input_shape=(512,),
    classes=32128,
    tasks=("translation",),
    inputs=("tokens",),
    feature_layer=None,
    variants=VARIANTS,
    weights={"transformers": WEIGHTS},
)
def t5(
    input_shape: Shape,
    classes: int,
    *,
    target_length: int | None = None,
    width: int = 512,
    depth: int = 6,
    heads: int = 8,
    head_width: int = 64,
    hidden: int = 2048,
    dropout: float = 0.1,
    padding: int | None = 0,
) -> keras.Model:
    """Logits (batch, target_length, classes) of each next target token, from ``source`` and ``target`` tokens.

    `input_shape` is that of the source, (length,); `classes` is the vocabulary of both. The target is what the decoder
    reads: it starts with a start token (the padding token, in the published models).

    Args:
        target_length: positions of the target; None for as many as the source's.
        width: dimensions of each position's vector.
        depth: number of blocks of the encoder, and of the decoder.
        heads: attention heads.
        head_width: dimensions of each.
        hidden: units of a block's two-layer network.
        dropout: share dropped while training.
        padding: the token that fills up short sources, and that attention skips; None for none.
    """
    source, target = source_and_target(input_shape, target_length)
    embedding = keras.layers.ReversibleEmbedding(classes, width, embeddings_initializer=normal(1.0), name="embedding")
    spec = Spec(heads, head_width, hidden, dropout)
    visible = None if padding is None else keras.ops.not_equal(source, padding)
    memory = _stack(embedding(source), "encoder", depth, spec, visible=visible)
    x = _stack(embedding(target), "decoder", depth, spec, memory=memory, visible=visible)
    x = embedding(x * width**-0.5, reverse=True)
    outputs = keras.layers.Identity(name="logits", dtype=output_dtype())(x)
    return keras.Model([source, target], outputs, name="t5")


def block(x: Any, bias: Any, memory: Any, visible: Any, name: str, spec: Spec) -> Any:
    """Return `x` (B, L, W) plus attention to itself, to a memory if there is one, and the two-layer network.

    Args:
        bias: (1, heads, L, L), of relative positions.
        memory: (B, S, W), what the encoder gave; None in the encoder.
        visible: (B, S) booleans, the tokens of the source that may be seen; None for all.
    """
    decoding = memory is not None
    attention = _attention(x, spec, f"{name}_attention", causal=decoding)
    h = attention(_normalized(x, f"{name}_norm1"), visible=None if decoding else visible, bias=bias)
    x = added(x, h, dropout=spec.dropout, name=f"{name}_attention")
    if decoding:
        h = _attention(x, spec, f"{name}_memory")(_normalized(x, f"{name}_norm2"), memory, visible=visible)
        x = added(x, h, dropout=spec.dropout, name=f"{name}_memory")
    h = feed_forward(
        _normalized(x, f"{name}_norm3"),
        spec.hidden,
        activation="relu",
        initializers=(normal(x.shape[-1] ** -0.5), normal(spec.hidden**-0.5)),
        use_bias=False,
        dropout=spec.dropout,
        name=name,
    )
    return added(x, h, dropout=spec.dropout, name=f"{name}_mlp")


def _stack(x: Any, side: str, depth: int, spec: Spec, *, memory: Any = None, visible: Any = None) -> Any:
    """Return the encoder's or the decoder's normalised output (B, L, W)."""
    from nnbench.layers.relative_positions import RelativePositionBias

    decoding = memory is not None
    initializer = normal(x.shape[-1] ** -0.5)
    x = dropped(x, spec.dropout, f"{side}_embedding_dropout")
    bias = RelativePositionBias(spec.heads, causal=decoding, initializer=initializer, name=f"{side}_positions")(x)
    for i in range(1, depth + 1):
        x = block(x, bias, memory, visible, f"{side}{i}", spec)
        x = stage(x, i + depth if decoding else i)
    return dropped(_normalized(x, f"{side}_norm"), spec.dropout, f"{side}_dropout")


def _attention(x: Any, spec: Spec, name: str, *, causal: bool = False) -> Any:
    from nnbench.layers.attention import Attention

    width, inner = x.shape[-1], spec.heads * spec.head_width
    return Attention(
        spec.heads,
        spec.head_width,
        causal=causal,
        scale=1.0,
        dropout=spec.dropout,
        use_bias=False,
        kernel_initializer=normal(width**-0.5),
        query_initializer=normal((width * spec.head_width) ** -0.5),
        output_initializer=normal(inner**-0.5),
        name=name,
    )


def _normalized(x: Any, name: str) -> Any:
    return keras.layers.RMSNormalization(epsilon=EPSILON, name=name)(x)
