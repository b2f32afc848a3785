"""Translation by learning to align: RNNsearch.

Bahdanau, Cho and Bengio (2015), appendix A, in its sizes: 1000 units in each direction of the encoder and in the
decoder, embeddings of 620 dimensions, alignment network of 1000 units, maxout layer of 500, 30,000 tokens; RNNsearch-50
and RNNsearch-30 read sentences of up to 50 and 30 tokens. The gated unit resets its state in front of the recurrent
product, which fused kernels do not have. Biases stand in the gated units, the first state and the maxout layer, where
the paper omits all of them "to improve readability". Weights start from Keras's defaults. Every position is read,
padding too.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._outputs import logits
from nnbench.models._text import source_and_target

PAPER = Paper(
    "Neural machine translation by jointly learning to align and translate",
    "Bahdanau, Cho and Bengio",
    2015,
    "https://arxiv.org/abs/1409.0473",
)

VARIANTS: dict[str, dict[str, Any]] = {
    "rnnsearch_30": {"input_shape": (30,)},
    "rnnsearch_50": {"input_shape": (50,)},
    "rnnsearch_tiny": {
        "units": 16,
        "embedding": 8,
        "alignment": 16,
        "maxout": 8,
        "input_shape": (10,),
        "classes": 32,
    },
}

PIECES = 2


@register_model(
    family="rnn",
    paper=PAPER,
    input_shape=(50,),
    classes=30_000,
    tasks=("translation",),
    inputs=("tokens",),
    feature_layer=None,
    variants=VARIANTS,
)
def rnnsearch(
    input_shape: Shape,
    classes: int,
    *,
    target_length: int | None = None,
    source_vocabulary: int | None = None,
    units: int = 1000,
    embedding: int = 620,
    alignment: int = 1000,
    maxout: int = 500,
) -> keras.Model:
    """Logits (batch, target_length, classes) of each next target token, from ``source`` and ``target`` tokens.

    `input_shape` is that of the source, (length,); `classes` is the target's vocabulary. The target is what the decoder
    reads: it starts with a start token.

    Args:
        target_length: positions of the target; None for as many as the source's.
        source_vocabulary: None for as many as `classes`.
        units: width of the decoder's state, and of the encoder's in each direction.
        embedding: dimensions of a token's vector.
        alignment: units of the network that scores a source position.
        maxout: units of the layer in front of the output.
    """
    from nnbench.layers.attention_decoder import AttentionDecoder

    source, target = source_and_target(input_shape, target_length)
    x = keras.layers.Embedding(source_vocabulary or classes, embedding, name="source_embedding")(source)
    both_ways = keras.layers.GRU(units, reset_after=False, return_sequences=True, name="gru")
    annotations = keras.layers.Bidirectional(both_ways, name="encoder")(x)
    # The backward state of the first position has read the whole source.
    start = keras.layers.Dense(units, activation="tanh", name="first_state")(annotations[:, 0, units:])
    y = keras.layers.Embedding(classes, embedding, name="target_embedding")(target)
    states = AttentionDecoder(alignment, name="decoder")(y, annotations, start)
    x = keras.layers.Dense(PIECES * maxout, name="hidden")(keras.layers.Concatenate(name="seen")([states, y]))
    x = keras.ops.max(keras.layers.Reshape((y.shape[1], maxout, PIECES), name="pieces")(x), axis=-1)
    return keras.Model([source, target], logits(x, classes, use_bias=False), name="rnnsearch")
