"""BERT: a bidirectional Transformer encoder over tokens, with a pooled vector of the whole text.

Devlin et al. (2019), section 3; the small sizes are Turc et al.'s (2019), 24 depths and widths. The normalisation
follows each sum, positions are learned, weights start from a normal distribution of deviation 0.02 (truncated at two
deviations in the original). The two heads of pre-training are left out, as in the counts that libraries give; Turc et
al.'s include them.

The model is a ``representation``: its output is the pooled vector, through which all weights are trained, and
``features`` is its name. Given `classes`, it ends in the classifier that the paper fine-tunes.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.core.weights import WeightMap
from nnbench.models._inputs import token_input
from nnbench.models._outputs import head, stage
from nnbench.models._text import added, feed_forward, head_width
from nnbench.models._transformer import dropped, normal

PAPER = Paper(
    "BERT: pre-training of deep bidirectional transformers for language understanding",
    "Devlin, Chang, Lee and Toutanova",
    2019,
    "https://arxiv.org/abs/1810.04805",
)
COMPACT = Paper(
    "Well-read students learn better: on the importance of pre-training compact models",
    "Turc, Chang, Lee and Toutanova",
    2019,
    "https://arxiv.org/abs/1908.08962",
)

VARIANTS: dict[str, dict[str, Any]] = {
    "bert_test": {
        "width": 32,
        "depth": 1,
        "heads": 2,
        "vocabulary": 100,
        "classes": 10,
        "input_shape": (16,),
    },
    "bert_tiny": {"width": 128, "depth": 2, "heads": 2, "paper": COMPACT},
    "bert_mini": {"width": 256, "depth": 4, "heads": 4, "paper": COMPACT},
    "bert_small": {"width": 512, "depth": 4, "heads": 8, "paper": COMPACT},
    "bert_medium": {"width": 512, "depth": 8, "heads": 8, "paper": COMPACT},
    "bert_base": {"width": 768, "depth": 12, "heads": 12},
    "bert_large": {"width": 1024, "depth": 24, "heads": 16},
}


def _compact() -> dict[str, dict[str, Any]]:
    """Return Turc et al.'s sizes that have no name of their own, by depth and width."""
    named = {(v["depth"], v["width"]) for v in VARIANTS.values()}
    sizes = [(depth, width) for depth in (2, 4, 6, 8, 10, 12) for width in (128, 256, 512, 768)]
    return {
        f"bert_l{depth}_h{width}": {"width": width, "depth": depth, "heads": width // 64, "paper": COMPACT}
        for depth, width in sizes
        if (depth, width) not in named
    }


VARIANTS |= _compact()

STDDEV = 0.02
EPSILON = 1e-12
SEGMENTS = 2

WEIGHTS = WeightMap(
    {
        "embedding": "embeddings.word_embeddings",
        "positions": "embeddings.position_embeddings",
        "segment_embedding": "embeddings.token_type_embeddings",
        "embedding_norm": "embeddings.LayerNorm",
        r"block(\d+)_attention/(query|key|value)": "encoder.layer.{1:-1}.attention.self.{2}",
        r"block(\d+)_attention/output": "encoder.layer.{1:-1}.attention.output.dense",
        r"block(\d+)_norm1": "encoder.layer.{1:-1}.attention.output.LayerNorm",
        r"block(\d+)_mlp1": "encoder.layer.{1:-1}.intermediate.dense",
        r"block(\d+)_mlp2": "encoder.layer.{1:-1}.output.dense",
        r"block(\d+)_norm2": "encoder.layer.{1:-1}.output.LayerNorm",
        "pooler": "pooler.dense",
        "logits": "classifier",
    },
    ignored=(r"embeddings\.position_ids", r"cls\..*"),
    strip=("bert.",),
)


@register_model(
    family="transformer",
    licence="Apache-2.0",
    paper=PAPER,
    input_shape=(512,),
    classes=None,
    tasks=("representation", "classification"),
    inputs=("tokens",),
    variants=VARIANTS,
    weights={"transformers": WEIGHTS},
)
def bert(
    input_shape: Shape,
    classes: int | None,
    *,
    width: int = 768,
    depth: int = 12,
    heads: int = 12,
    vocabulary: int = 30522,
    dropout: float = 0.1,
    segments: bool = False,
    padding: int | None = 0,
) -> keras.Model:
    """A pooled vector (batch, width) of a text, or with `classes` its logits; `input_shape` is (length,).

    ``stage1`` … give all positions (batch, length, width).

    Args:
        width: dimensions of each position's vector.
        depth: number of blocks.
        heads: attention heads; they divide `width`.
        vocabulary: number of different tokens.
        dropout: share dropped while training.
        segments: a second input (batch, length) says for each token whether it is of the first text (0) or of the
            second (1); otherwise all are of the first.
        padding: the token that fills up short texts, and that attention skips; None for none.
    """
    inputs, tokens = token_input(input_shape)
    kinds = token_input(input_shape, name="segments")[0] if segments else None
    x = _embedded(tokens, kinds, vocabulary, width, dropout)
    visible = None if padding is None else keras.ops.not_equal(tokens, padding)
    for i in range(1, depth + 1):
        x = stage(block(x, visible, f"block{i}", heads=heads, dropout=dropout), i)
    pooled = keras.layers.Dense(width, activation="tanh", kernel_initializer=normal(STDDEV), name="pooler")(x[:, 0])
    if classes is None:
        outputs = keras.layers.Identity(name="features")(pooled)
    else:
        outputs = head(dropped(pooled, dropout, "pooled_dropout"), classes, kernel_initializer=normal(STDDEV))
    return keras.Model([inputs, kinds] if segments else inputs, outputs, name="bert")


def block(x: Any, visible: Any, name: str, *, heads: int, dropout: float) -> Any:
    """Return `x` (B, L, W) after attention and the two-layer network, each added and then normalised.

    Args:
        visible: (B, L) booleans, the tokens that may be seen; None for all.
    """
    from nnbench.layers.attention import Attention

    width = x.shape[-1]
    attention = Attention(
        heads,
        head_width(width, heads),
        dropout=dropout,
        kernel_initializer=normal(STDDEV),
        name=f"{name}_attention",
    )
    x = _normalized(added(x, attention(x, visible=visible), dropout=dropout, name=f"{name}_attention"), f"{name}_norm1")
    initializers = (normal(STDDEV), normal(STDDEV))
    h = feed_forward(x, 4 * width, activation="gelu", initializers=initializers, name=name)
    return _normalized(added(x, h, dropout=dropout, name=f"{name}_mlp"), f"{name}_norm2")


def _embedded(tokens: Any, kinds: Any, vocabulary: int, width: int, dropout: float) -> Any:
    """Return (B, L, W): the sum of a token's, a position's and a segment's vector, normalised."""
    from nnbench.layers.tokens import PositionEmbedding

    def look_up(numbers: Any, count: int, name: str) -> Any:
        return keras.layers.Embedding(count, width, embeddings_initializer=normal(STDDEV), name=name)(numbers)

    x = look_up(tokens, vocabulary, "embedding")
    kinds = keras.ops.zeros_like(tokens) if kinds is None else kinds
    x = keras.layers.Add(name="embedding_add")([x, look_up(kinds, SEGMENTS, "segment_embedding")])
    x = PositionEmbedding(normal(STDDEV), name="positions")(x)
    return dropped(_normalized(x, "embedding_norm"), dropout, "embedding_dropout")


def _normalized(x: Any, name: str) -> Any:
    return keras.layers.LayerNormalization(epsilon=EPSILON, name=name)(x)
