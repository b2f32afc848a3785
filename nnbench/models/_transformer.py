"""The pre-normalised Transformer block that encoders, vision transformers and language models share.

Vaswani et al. (2017), with the normalisation in front of each part as in Radford et al. (2019). Shapes: B batch,
L length, W width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras

ACTIVATIONS = ("gelu", "gelu_tanh", "relu")


@dataclass(frozen=True)
class BlockSpec:
    """What all blocks of a network have in common.

    Attributes:
        heads: attention heads; each has W / heads dimensions.
        mlp_width: hidden units of the two-layer network.
        dropout: share dropped from attention weights and from what each part adds, while training.
        causal: a position sees itself and those before it only.
        use_bias: linear layers and normalisations have biases.
        activation: ``"gelu"``, ``"gelu_tanh"`` (GPT-2's approximation) or ``"relu"``.
        epsilon: of the normalisations.
        stddev: of the normal distribution that weights start from; None for Keras's defaults.
        residual_stddev: the same for the last layer of the two-layer network.
    """

    heads: int
    mlp_width: int
    dropout: float = 0.0
    causal: bool = False
    use_bias: bool = True
    activation: str = "gelu"
    epsilon: float = 1e-6
    stddev: float | None = None
    residual_stddev: float | None = None


def normal(stddev: float | None) -> Any:
    """Return an initialiser: normal, or Glorot uniform where `stddev` is None."""
    return "glorot_uniform" if stddev is None else keras.initializers.RandomNormal(stddev=stddev)


def normalized(x: Any, spec: BlockSpec, name: str) -> Any:
    """Return layer-normalised `x` (..., W)."""
    return keras.layers.LayerNormalization(epsilon=spec.epsilon, center=spec.use_bias, name=name)(x)


def dropped(x: Any, rate: float, name: str) -> Any:
    """Return `x`, with dropout where `rate` is above 0."""
    return keras.layers.Dropout(rate, name=name)(x) if rate else x


def block(x: Any, spec: BlockSpec, name: str) -> Any:
    """Return `x` (B, L, W) plus attention, plus the two-layer network.

    Raises:
        ArgumentError: a width that the heads do not divide, or an unknown activation.
    """
    check(x, spec)
    h = _attention(normalized(x, spec, f"{name}_norm1"), spec, f"{name}_attention")
    x = keras.layers.Add(name=f"{name}_add1")([x, dropped(h, spec.dropout, f"{name}_dropout1")])
    h = two_layers(normalized(x, spec, f"{name}_norm2"), spec, name)
    return keras.layers.Add(name=f"{name}_add2")([x, dropped(h, spec.dropout, f"{name}_dropout2")])


def _attention(x: Any, spec: BlockSpec, name: str) -> Any:
    attention = keras.layers.MultiHeadAttention(
        spec.heads,
        x.shape[-1] // spec.heads,
        dropout=spec.dropout,
        use_bias=spec.use_bias,
        kernel_initializer=normal(spec.stddev),
        name=name,
    )
    return attention(x, x, use_causal_mask=spec.causal)


def two_layers(x: Any, spec: BlockSpec, name: str) -> Any:
    """Return (..., W) from `x` (..., W) by a hidden layer of `spec.mlp_width` units."""
    up = keras.layers.Dense(
        spec.mlp_width, use_bias=spec.use_bias, kernel_initializer=normal(spec.stddev), name=f"{name}_mlp1"
    )
    last = spec.residual_stddev or spec.stddev
    down = keras.layers.Dense(x.shape[-1], use_bias=spec.use_bias, kernel_initializer=normal(last), name=f"{name}_mlp2")
    return down(_activated(up(x), spec.activation))


def _activated(x: Any, activation: str) -> Any:
    if activation == "gelu_tanh":
        return keras.ops.gelu(x, approximate=True)
    return keras.layers.Activation(activation)(x)


def check(x: Any, spec: BlockSpec) -> None:
    """Raise ArgumentError unless the heads divide the width of `x` (..., W), and the activation is known."""
    if x.shape[-1] % spec.heads:
        raise ArgumentError(f"width must be a multiple of heads ({spec.heads}). Received: {x.shape[-1]}.")
    if spec.activation not in ACTIVATIONS:
        raise ArgumentError(f"activation must be one of {', '.join(ACTIVATIONS)}. Received: {spec.activation!r}.")
