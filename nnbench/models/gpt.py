"""Decoder-only Transformer language models: GPT-2, GPT-3 and nanoGPT's character models.

Radford et al. (2019), Brown et al. (2020, table 2.1; its sparse attention layers are dense here), Karpathy (2022). The
output layer is the transposed embedding (tied). Weights start from a normal distribution of deviation 0.02, and a
block's last layer from 0.02 / √(2·depth). One difference from the original: attention's output projection starts from
0.02 too, since Keras's attention layer has one initialiser for its four matrices.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.models._inputs import token_input
from nnbench.models._outputs import output_dtype
from nnbench.models._papers import GPT2, GPT3, NANOGPT
from nnbench.models._transformer import BlockSpec, block, dropped, normal, normalized

CHARACTERS = {"classes": 65, "use_bias": False, "activation": "gelu", "paper": NANOGPT}
VARIANTS: dict[str, dict[str, Any]] = {
    "gpt_tiny": {**CHARACTERS, "width": 32, "depth": 2, "heads": 2, "input_shape": (32,)},
    "nanogpt_char": {**CHARACTERS, "width": 384, "depth": 6, "heads": 6, "dropout": 0.2, "input_shape": (256,)},
    "nanogpt_char_cpu": {**CHARACTERS, "width": 128, "depth": 4, "heads": 4, "input_shape": (64,)},
    "gpt2": {"width": 768, "depth": 12, "heads": 12, "dropout": 0.1},
    "gpt2_medium": {"width": 1024, "depth": 24, "heads": 16, "dropout": 0.1},
    "gpt2_large": {"width": 1280, "depth": 36, "heads": 20, "dropout": 0.1},
    "gpt2_xl": {"width": 1600, "depth": 48, "heads": 25, "dropout": 0.1},
    "gpt3_175b": {"width": 12288, "depth": 96, "heads": 96, "input_shape": (2048,), "paper": GPT3},
}

STDDEV = 0.02


@register_model(
    family="transformer",
    paper=GPT2,
    input_shape=(1024,),
    classes=50257,
    tasks=("language",),
    inputs=("tokens",),
    feature_layer=None,
    variants=VARIANTS,
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
        activation: ``"gelu_tanh"`` (GPT-2's approximation) or ``"gelu"``.
    """
    from nnbench.layers.tokens import PositionEmbedding

    inputs, tokens = token_input(input_shape)
    embedding = keras.layers.ReversibleEmbedding(
        classes, width, embeddings_initializer=normal(STDDEV), name="embedding"
    )
    x = PositionEmbedding(normal(STDDEV), name="positions")(embedding(tokens))
    x = dropped(x, dropout, "embedding_dropout")
    spec = BlockSpec(
        heads=heads,
        mlp_width=4 * width,
        dropout=dropout,
        causal=True,
        use_bias=use_bias,
        activation=activation,
        epsilon=1e-5,
        stddev=STDDEV,
        residual_stddev=STDDEV / (2 * depth) ** 0.5,
    )
    for i in range(1, depth + 1):
        x = block(x, spec, f"block{i}")
    x = embedding(normalized(x, spec, "norm"), reverse=True)
    return keras.Model(inputs, keras.layers.Identity(name="logits", dtype=output_dtype())(x), name="gpt")
