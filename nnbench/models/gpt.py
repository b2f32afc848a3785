"""Decoder-only Transformer language models: GPT-2, GPT-3 and nanoGPT's character models.

Radford et al. (2019), Brown et al. (2020, table 2.1), Narayanan et al. (2021, table 1: a trillion parameters), Karpathy
(2022). The output layer is the transposed embedding (tied). Weights start from a normal distribution of deviation 0.02,
and the last layer of what a block adds from 0.02 / √(2·depth).

GPT-3's attention, sparse in every other layer, is dense here. Two rows of its table are at odds with themselves: 24
heads of 128 do not make up width 2048 (``gpt3_xl`` has 16, which the 1.3 billion parameters confirm), and 40 heads of
128 make up 5120, not 5140 (``gpt3_13b``).
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import PAPER_ALONE, Shape, register_model
from nnbench.core.weights import Key, WeightMap
from nnbench.models._inputs import token_input
from nnbench.models._outputs import output_dtype, stage
from nnbench.models._papers import GPT2, GPT3, MEGATRON, NANOGPT
from nnbench.models._text import added, feed_forward, head_width
from nnbench.models._transformer import dropped, normal

CHARACTERS = {"classes": 65, "use_bias": False, "activation": "gelu", "paper": NANOGPT, "licence": "MIT"}
LARGE = {"input_shape": (2048,), "paper": GPT3, "licence": PAPER_ALONE, "weights": {}}
VARIANTS: dict[str, dict[str, Any]] = {
    "gpt_tiny": {**CHARACTERS, "width": 32, "depth": 2, "heads": 2, "input_shape": (32,)},
    "nanogpt_char": {**CHARACTERS, "width": 384, "depth": 6, "heads": 6, "dropout": 0.2, "input_shape": (256,)},
    "nanogpt_char_cpu": {**CHARACTERS, "width": 128, "depth": 4, "heads": 4, "input_shape": (64,)},
    "gpt2": {"width": 768, "depth": 12, "heads": 12, "dropout": 0.1},
    "gpt2_medium": {"width": 1024, "depth": 24, "heads": 16, "dropout": 0.1},
    "gpt2_large": {"width": 1280, "depth": 36, "heads": 20, "dropout": 0.1},
    "gpt2_xl": {"width": 1600, "depth": 48, "heads": 25, "dropout": 0.1},
    "gpt3_small": {"width": 768, "depth": 12, "heads": 12, **LARGE},
    "gpt3_medium": {"width": 1024, "depth": 24, "heads": 16, **LARGE},
    "gpt3_large": {"width": 1536, "depth": 24, "heads": 16, **LARGE},
    "gpt3_xl": {"width": 2048, "depth": 24, "heads": 16, **LARGE},
    "gpt3_2_7b": {"width": 2560, "depth": 32, "heads": 32, **LARGE},
    "gpt3_6_7b": {"width": 4096, "depth": 32, "heads": 32, **LARGE},
    "gpt3_13b": {"width": 5120, "depth": 40, "heads": 40, **LARGE},
    "gpt3_175b": {"width": 12288, "depth": 96, "heads": 96, **LARGE},
    "gpt_1t": {"width": 25600, "depth": 128, "heads": 160, "classes": 51200, **LARGE, "paper": MEGATRON},
}

STDDEV = 0.02
EPSILON = 1e-5


def _fused(part: int) -> Key:
    return Key("h.{1:-1}.attn.c_attn", part=(part, 3), transposed=False)


WEIGHTS = WeightMap(
    {
        "embedding": "wte",
        "positions": "wpe",
        r"block(\d+)_norm(\d)": "h.{1:-1}.ln_{2}",
        r"block(\d+)_attention/query": _fused(0),
        r"block(\d+)_attention/key": _fused(1),
        r"block(\d+)_attention/value": _fused(2),
        r"block(\d+)_attention/output": Key("h.{1:-1}.attn.c_proj", transposed=False),
        r"block(\d+)_mlp1": Key("h.{1:-1}.mlp.c_fc", transposed=False),
        r"block(\d+)_mlp2": Key("h.{1:-1}.mlp.c_proj", transposed=False),
        "norm": "ln_f",
    },
    ignored=(r"lm_head\.weight", r"h\.\d+\.attn\.(masked_)?bias"),
    strip=("transformer.",),
)


@register_model(
    family="transformer",
    licence="Modified MIT",
    paper=GPT2,
    input_shape=(1024,),
    classes=50257,
    tasks=("language",),
    inputs=("tokens",),
    feature_layer=None,
    variants=VARIANTS,
    weights={"transformers": WEIGHTS},
)
def gpt(
    input_shape: Shape,
    classes: int,
    *,
    width: int = 768,
    depth: int = 12,
    heads: int = 12,
    dropout: float = 0.0,
    use_bias: bool = True,
    activation: str = "gelu_tanh",
) -> keras.Model:
    """Logits (batch, context, classes) of each next token; `classes` is the vocabulary, `input_shape` is (context,).

    Args:
        width: dimensions of each position's vector.
        depth: number of blocks.
        heads: attention heads; they divide `width`.
        dropout: share dropped while training, of embeddings, attention weights and what each part adds.
        use_bias: linear layers and normalisations have biases.
        activation: ``"gelu_tanh"`` (GPT-2's approximation), ``"gelu"`` or ``"relu"``.
    """
    from nnbench.layers.tokens import PositionEmbedding

    inputs, tokens = token_input(input_shape)
    embedding = keras.layers.ReversibleEmbedding(
        classes, width, embeddings_initializer=normal(STDDEV), name="embedding"
    )
    x = PositionEmbedding(normal(STDDEV), name="positions")(embedding(tokens))
    x = dropped(x, dropout, "embedding_dropout")
    for i in range(1, depth + 1):
        x = block(
            x,
            f"block{i}",
            heads=heads,
            dropout=dropout,
            use_bias=use_bias,
            activation=activation,
            last=STDDEV / (2 * depth) ** 0.5,
        )
        x = stage(x, i)
    x = embedding(_normalized(x, use_bias, "norm"), reverse=True)
    return keras.Model(inputs, keras.layers.Identity(name="logits", dtype=output_dtype())(x), name="gpt")


def block(x: Any, name: str, *, heads: int, dropout: float, use_bias: bool, activation: str, last: float) -> Any:
    """Return `x` (B, L, W) plus causal attention, plus the two-layer network, each of normalised values.

    Args:
        last: deviation of the layers whose output is added.
    """
    from nnbench.layers.attention import Attention

    width = x.shape[-1]
    attention = Attention(
        heads,
        head_width(width, heads),
        causal=True,
        dropout=dropout,
        use_bias=use_bias,
        kernel_initializer=normal(STDDEV),
        output_initializer=normal(last),
        name=f"{name}_attention",
    )
    h = attention(_normalized(x, use_bias, f"{name}_norm1"))
    x = added(x, h, dropout=dropout, name=f"{name}_attention")
    h = _normalized(x, use_bias, f"{name}_norm2")
    initializers = (normal(STDDEV), normal(last))
    h = feed_forward(h, 4 * width, activation=activation, initializers=initializers, use_bias=use_bias, name=name)
    return added(x, h, dropout=dropout, name=f"{name}_mlp")


def _normalized(x: Any, use_bias: bool, name: str) -> Any:
    return keras.layers.LayerNormalization(epsilon=EPSILON, center=use_bias, name=name)(x)
