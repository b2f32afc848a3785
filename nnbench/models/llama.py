"""Decoder-only language models in LLaMA's style: rotary positions, RMS normalisation, SwiGLU, grouped queries.

Touvron et al. (2023a, table 2), Touvron et al. (2023b), Grattafiori et al. (2024, table 3). The second paper does not
list Llama 2 34B, which was not released; its configuration is that of Code Llama 34B, which was trained from it. No
layer has biases. The contexts are those of pre-training; Llama 3.1's scaling of the rotary frequencies for longer ones
is left out. Weights start from a normal distribution of deviation 0.02; the papers give none.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.core.weights import WeightMap
from nnbench.models._inputs import token_input
from nnbench.models._outputs import logits, stage
from nnbench.models._text import head_width
from nnbench.models._transformer import normal

LLAMA = Paper(
    "LLaMA: open and efficient foundation language models", "Touvron et al.", 2023, "https://arxiv.org/abs/2302.13971"
)
LLAMA2 = Paper(
    "Llama 2: open foundation and fine-tuned chat models", "Touvron et al.", 2023, "https://arxiv.org/abs/2307.09288"
)
LLAMA3 = Paper("The Llama 3 herd of models", "Grattafiori et al.", 2024, "https://arxiv.org/abs/2407.21783")

SECOND = {"paper": LLAMA2, "input_shape": (4096,), "epsilon": 1e-5}
THIRD = {**SECOND, "paper": LLAMA3, "input_shape": (8192,), "classes": 128256, "theta": 500_000.0, "key_value_heads": 8}
VARIANTS: dict[str, dict[str, Any]] = {
    "llama_tiny": {
        "width": 32,
        "depth": 2,
        "heads": 4,
        "key_value_heads": 2,
        "hidden": 64,
        "classes": 65,
        "input_shape": (32,),
    },
    "llama_7b": {"width": 4096, "depth": 32, "heads": 32, "hidden": 11008},
    "llama_13b": {"width": 5120, "depth": 40, "heads": 40, "hidden": 13824},
    "llama_33b": {"width": 6656, "depth": 60, "heads": 52, "hidden": 17920},
    "llama_65b": {"width": 8192, "depth": 80, "heads": 64, "hidden": 22016},
    "llama2_7b": {"width": 4096, "depth": 32, "heads": 32, "hidden": 11008, **SECOND},
    "llama2_13b": {"width": 5120, "depth": 40, "heads": 40, "hidden": 13824, **SECOND},
    "llama2_34b": {"width": 8192, "depth": 48, "heads": 64, "key_value_heads": 8, "hidden": 22016, **SECOND},
    "llama2_70b": {"width": 8192, "depth": 80, "heads": 64, "key_value_heads": 8, "hidden": 28672, **SECOND},
    "llama3_8b": {"width": 4096, "depth": 32, "heads": 32, "hidden": 14336, **THIRD},
    "llama3_70b": {"width": 8192, "depth": 80, "heads": 64, "hidden": 28672, **THIRD},
    "llama3_405b": {"width": 16384, "depth": 126, "heads": 128, "hidden": 53248, **THIRD},
}

STDDEV = 0.02

WEIGHTS = WeightMap(
    {
        "embedding": "embed_tokens",
        r"block(\d+)_norm1": "layers.{1:-1}.input_layernorm",
        r"block(\d+)_norm2": "layers.{1:-1}.post_attention_layernorm",
        r"block(\d+)_attention/query": "layers.{1:-1}.self_attn.q_proj",
        r"block(\d+)_attention/key": "layers.{1:-1}.self_attn.k_proj",
        r"block(\d+)_attention/value": "layers.{1:-1}.self_attn.v_proj",
        r"block(\d+)_attention/output": "layers.{1:-1}.self_attn.o_proj",
        r"block(\d+)_(gate|up|down)": "layers.{1:-1}.mlp.{2}_proj",
        "norm": "norm",
        "logits": "lm_head",
    },
    ignored=(r".*rotary_emb\.inv_freq",),
    strip=("model.",),
)


@register_model(
    family="transformer",
    licence="Apache-2.0",
    paper=LLAMA,
    input_shape=(2048,),
    classes=32000,
    tasks=("language",),
    inputs=("tokens",),
    feature_layer=None,
    variants=VARIANTS,
    weights={"transformers": WEIGHTS},
)
def llama(
    input_shape: Shape,
    classes: int,
    *,
    width: int = 4096,
    depth: int = 32,
    heads: int = 32,
    key_value_heads: int | None = None,
    hidden: int = 11008,
    theta: float = 10_000.0,
    epsilon: float = 1e-6,
) -> keras.Model:
    """Logits (batch, context, classes) of each next token; `classes` is the vocabulary, `input_shape` is (context,).

    Args:
        width: dimensions of each position's vector.
        depth: number of blocks.
        heads: attention heads; they divide `width`, into even parts.
        key_value_heads: heads of keys and values, each for heads / key_value_heads of the queries'; None for `heads`.
        hidden: units of a block's gated network.
        theta: base of the rotary positions.
        epsilon: of the normalisations.
    """
    inputs, tokens = token_input(input_shape)
    x = keras.layers.Embedding(classes, width, embeddings_initializer=normal(STDDEV), name="embedding")(tokens)
    for i in range(1, depth + 1):
        h = _normalized(x, epsilon, f"block{i}_norm1")
        h = _attention(h, heads, key_value_heads, theta, f"block{i}_attention")
        x = keras.layers.Add(name=f"block{i}_attention_add")([x, h])
        h = swiglu(_normalized(x, epsilon, f"block{i}_norm2"), hidden, f"block{i}")
        x = stage(keras.layers.Add(name=f"block{i}_mlp_add")([x, h]), i)
    x = _normalized(x, epsilon, "norm")
    outputs = logits(x, classes, use_bias=False, kernel_initializer=normal(STDDEV))
    return keras.Model(inputs, outputs, name="llama")


def swiglu(x: Any, hidden: int, name: str) -> Any:
    """Return W₃ (silu(W₁ x) · W₂ x), as wide as `x` (Shazeer 2020)."""
    gate = _linear(x, hidden, f"{name}_gate")
    up = _linear(x, hidden, f"{name}_up")
    return _linear(keras.ops.silu(gate) * up, x.shape[-1], f"{name}_down")


def _attention(x: Any, heads: int, key_value_heads: int | None, theta: float, name: str) -> Any:
    from nnbench.layers.attention import Attention

    return Attention(
        heads,
        head_width(x.shape[-1], heads),
        key_value_heads=key_value_heads,
        causal=True,
        rotary=theta,
        use_bias=False,
        kernel_initializer=normal(STDDEV),
        name=name,
    )(x)


def _linear(x: Any, units: int, name: str) -> Any:
    return keras.layers.Dense(units, use_bias=False, kernel_initializer=normal(STDDEV), name=name)(x)


def _normalized(x: Any, epsilon: float, name: str) -> Any:
    return keras.layers.RMSNormalization(epsilon=epsilon, name=name)(x)
