"""Sequence to sequence with stacked LSTMs, and Luong's attention.

Sutskever, Vinyals and Le (2014): the decoder starts from the encoder's last states, layer by layer; 4 layers of 1000
units, vocabularies of 160,000 and 80,000 tokens, 384M parameters, of which 64M recurrent. Luong, Pham and Manning
(2015), section 3.1: global attention of the decoder's last layer over the encoder's, h̃ = tanh(W_c [c; h]), with the
scores h·s (dot) or h·W_a s (general); 4 layers of 1000 units, 50,000 tokens, dropout 0.2. Their input feeding, which
puts h̃ into the decoder's next step, is left out, so that both stacks run in Keras's own layers. LSTMs have biases, the
layers of the attention and the output have none, and weights start from Keras's defaults, where the papers draw them
uniformly in ±0.08 and ±0.1. Reversing the source, as both do, is for the data. Every position is read, padding too.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._outputs import logits
from nnbench.models._text import source_and_target

PAPER = Paper(
    "Sequence to sequence learning with neural networks",
    "Sutskever, Vinyals and Le",
    2014,
    "https://arxiv.org/abs/1409.3215",
)
LUONG = Paper(
    "Effective approaches to attention-based neural machine translation",
    "Luong, Pham and Manning",
    2015,
    "https://arxiv.org/abs/1508.04025",
)

VARIANTS: dict[str, dict[str, Any]] = {
    "seq2seq": {"classes": 80_000, "source_vocabulary": 160_000},
    "seq2seq_luong": {"attention": "general", "dropout": 0.2, "paper": LUONG},
    "seq2seq_luong_dot": {"attention": "dot", "dropout": 0.2, "paper": LUONG},
    "seq2seq_tiny": {
        "units": 16,
        "depth": 2,
        "attention": "general",
        "input_shape": (12,),
        "classes": 32,
        "paper": LUONG,
    },
}

ATTENTIONS = ("dot", "general")


@register_model(
    family="rnn",
    paper=PAPER,
    input_shape=(50,),
    classes=50_000,
    tasks=("translation",),
    inputs=("tokens",),
    feature_layer=None,
    variants=VARIANTS,
)
def seq2seq(
    input_shape: Shape,
    classes: int,
    *,
    target_length: int | None = None,
    source_vocabulary: int | None = None,
    units: int = 1000,
    depth: int = 4,
    attention: str | None = None,
    dropout: float = 0.0,
) -> keras.Model:
    """Logits (batch, target_length, classes) of each next target token, from ``source`` and ``target`` tokens.

    `input_shape` is that of the source, (length,); `classes` is the target's vocabulary. The target is what the decoder
    reads: it starts with a start token.

    Args:
        target_length: positions of the target; None for as many as the source's.
        source_vocabulary: None for as many as `classes`.
        units: width of the embeddings and of every layer.
        depth: LSTM layers of the encoder, and of the decoder.
        attention: ``"dot"``, ``"general"``, or None.
        dropout: share dropped in front of every layer while training.

    Raises:
        ArgumentError: another attention, no layer, or a shape that is not a length.
    """
    if attention is not None and attention not in ATTENTIONS:
        raise ArgumentError(f"attention must be None or one of {', '.join(ATTENTIONS)}. Received: {attention!r}.")
    if depth < 1:
        raise ArgumentError(f"depth must be at least 1. Received: {depth}.")
    source, target = source_and_target(input_shape, target_length)
    x = keras.layers.Embedding(source_vocabulary or classes, units, name="encoder_embedding")(source)
    memory, states = _stacked(x, [None] * depth, dropout, "encoder")
    x = keras.layers.Embedding(classes, units, name="decoder_embedding")(target)
    x, _ = _stacked(x, states, dropout, "decoder")
    if attention is not None:
        x = _attentive(x, memory, attention)
    return keras.Model([source, target], logits(x, classes, use_bias=False), name="seq2seq")


def _stacked(x: Any, states: list[Any], dropout: float, name: str) -> tuple[Any, list[Any]]:
    """Return the last of the LSTM layers that start from `states`, one pair each, and their last states."""
    units, last = x.shape[-1], []
    for i, start in enumerate(states, 1):
        x = keras.layers.Dropout(dropout, name=f"{name}_dropout{i}")(x) if dropout else x
        layer = keras.layers.LSTM(units, return_sequences=True, return_state=True, name=f"{name}{i}")
        x, *ends = layer(x, initial_state=start)
        last.append(ends)
    return x, last


def _attentive(x: Any, memory: Any, score: str) -> Any:
    """Return the decoder's states `x` (batch, target length, units) with what they attend to in `memory`, as wide."""
    units = x.shape[-1]
    keys = keras.layers.Dense(units, use_bias=False, name="keys")(memory) if score == "general" else memory
    context = keras.layers.Attention(name="attention")([x, memory, keys])
    both = keras.layers.Concatenate(name="context_and_state")([context, x])
    return keras.layers.Dense(units, activation="tanh", use_bias=False, name="attentive")(both)
