"""Mamba language models.

Gu and Dao (2023), in the sizes of table 12 as their code builds them: blocks of a normalisation and a mixer (projection
to two halves, causal depthwise convolution, selective scan, gate, projection), the output layer is the transposed
embedding, and the vocabulary is GPT-NeoX's, padded to a multiple of 8. Weights start as in that code: linear layers and
convolutions from PyTorch's default, the last layer of a block divided by √depth, the embedding from a normal
distribution of deviation 0.02.

The ``transformers`` map reads ``MambaForCausalLM``.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.core.weights import Key, WeightMap
from nnbench.models._initializers import layer_options
from nnbench.models._inputs import token_input
from nnbench.models._outputs import output_dtype, stage

PAPER = Paper(
    "Mamba: linear-time sequence modeling with selective state spaces",
    "Gu and Dao",
    2023,
    "https://arxiv.org/abs/2312.00752",
)

VARIANTS: dict[str, dict[str, Any]] = {
    "mamba_tiny": {"width": 32, "depth": 2, "state": 4, "input_shape": (16,), "classes": 65},
    "mamba_130m": {"width": 768, "depth": 24},
    "mamba_370m": {"width": 1024, "depth": 48},
    "mamba_790m": {"width": 1536, "depth": 48},
    "mamba_1_4b": {"width": 2048, "depth": 48},
    "mamba_2_8b": {"width": 2560, "depth": 64},
}

_BLOCK = "backbone.layers.{1:-1}"
WEIGHTS = WeightMap(
    {
        "embedding": "backbone.embeddings",
        r"block(\d+)_norm": f"{_BLOCK}.norm",
        r"block(\d+)_in": f"{_BLOCK}.mixer.in_proj",
        r"block(\d+)_convolution": f"{_BLOCK}.mixer.conv1d",
        r"block(\d+)_selection": f"{_BLOCK}.mixer.x_proj",
        r"block(\d+)_steps": f"{_BLOCK}.mixer.dt_proj",
        r"block(\d+)_scan": Key(f"{_BLOCK}.mixer", names={"a_log": "A_log", "skip": "D", "step_bias": "dt_proj.bias"}),
        r"block(\d+)_out": f"{_BLOCK}.mixer.out_proj",
        "norm": "backbone.norm_f",
    },
    ignored=(r"lm_head\.weight",),
)

EPSILON = 1e-5
STEP_RANK_DIVISOR = 16


@register_model(
    family="state_space",
    licence="Apache-2.0",
    paper=PAPER,
    input_shape=(2048,),
    classes=50_280,
    tasks=("language",),
    inputs=("tokens",),
    feature_layer=None,
    variants=VARIANTS,
    weights={"transformers": WEIGHTS},
)
def mamba(
    input_shape: Shape,
    classes: int,
    *,
    width: int = 768,
    depth: int = 24,
    state: int = 16,
    kernel: int = 4,
    expansion: int = 2,
) -> keras.Model:
    """Logits (batch, length, classes) of each next token; `classes` is the vocabulary, `input_shape` is (length,).

    Args:
        width: dimensions of each position's vector.
        depth: number of blocks.
        state: size of each channel's state.
        kernel: window of the convolutions.
        expansion: channels within a block, as a multiple of `width`.
    """
    inputs, tokens = token_input(input_shape)
    normal = keras.initializers.RandomNormal(stddev=0.02)
    embedding = keras.layers.ReversibleEmbedding(classes, width, embeddings_initializer=normal, name="embedding")
    x = embedding(tokens)
    for i in range(1, depth + 1):
        h = _mixed(_normalized(x, f"block{i}_norm"), expansion * width, state, kernel, depth, f"block{i}")
        x = stage(keras.layers.Add(name=f"block{i}_add")([x, h]), i)
    x = embedding(_normalized(x, "norm"), reverse=True)
    return keras.Model(inputs, keras.layers.Identity(name="logits", dtype=output_dtype())(x), name="mamba")


def _mixed(x: Any, channels: int, state: int, kernel: int, depth: int, name: str) -> Any:
    """Return the block's mixer of `x` (batch, length, width), of the same shape."""
    from nnbench.layers.selective_scan import SelectiveScan

    width = x.shape[-1]
    rank = -(-width // STEP_RANK_DIVISOR)
    x, gate = keras.ops.split(_linear(x, 2 * channels, f"{name}_in"), 2, axis=-1)
    x = keras.layers.Activation("silu", name=f"{name}_silu")(_convolved(x, kernel, name))
    selection = _linear(x, rank + 2 * state, f"{name}_selection")
    steps, write, read = keras.ops.split(selection, [rank, rank + state], axis=-1)
    steps = _linear(steps, channels, f"{name}_steps")
    y = SelectiveScan(name=f"{name}_scan")(x, steps, write, read)
    y = keras.layers.Multiply(name=f"{name}_gated")([y, keras.layers.Activation("silu", name=f"{name}_gate")(gate)])
    return _linear(y, width, f"{name}_out", fan_in=channels * depth)


def _convolved(x: Any, kernel: int, name: str) -> Any:
    """Return the depthwise convolution of every position with those before it."""
    start = layer_options("torch", kernel)
    x = keras.layers.ZeroPadding1D((kernel - 1, 0), name=f"{name}_padding")(x)
    return keras.layers.DepthwiseConv1D(
        kernel,
        depthwise_initializer=start["kernel_initializer"],
        bias_initializer=start["bias_initializer"],
        name=f"{name}_convolution",
    )(x)


def _linear(x: Any, width: int, name: str, *, fan_in: int | None = None) -> Any:
    start = layer_options("torch", fan_in or x.shape[-1])["kernel_initializer"]
    return keras.layers.Dense(width, use_bias=False, kernel_initializer=start, name=name)(x)


def _normalized(x: Any, name: str) -> Any:
    return keras.layers.RMSNormalization(epsilon=EPSILON, name=name)(x)
