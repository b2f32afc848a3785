"""What Transformers over tokens share beside their attention: two-layer networks, sums, and inputs in pairs.

Shapes: B batch, L length, W width.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape
from nnbench.models._inputs import token_input
from nnbench.models._transformer import dropped

ACTIVATIONS = ("gelu", "gelu_tanh", "relu")


def activated(x: Any, activation: str) -> Any:
    """Return `x` through one of `ACTIVATIONS`; ``"gelu_tanh"`` is GPT-2's approximation.

    Raises:
        ArgumentError: another activation.
    """
    if activation not in ACTIVATIONS:
        raise ArgumentError(f"activation must be one of {', '.join(ACTIVATIONS)}. Received: {activation!r}.")
    if activation == "relu":
        return keras.layers.ReLU()(x)
    return keras.ops.gelu(x, approximate=activation == "gelu_tanh")


def feed_forward(
    x: Any,
    hidden: int,
    *,
    activation: str,
    initializers: tuple[Any, Any],
    name: str,
    use_bias: bool = True,
    dropout: float = 0.0,
) -> Any:
    """Return W₂ f(W₁ x), (B, L, W) again.

    Args:
        hidden: units between the two layers.
        initializers: those of W₁ and W₂.
        dropout: share of the hidden units dropped while training.
    """
    first, last = initializers
    h = keras.layers.Dense(hidden, use_bias=use_bias, kernel_initializer=first, name=f"{name}_mlp1")(x)
    h = dropped(activated(h, activation), dropout, f"{name}_hidden_dropout")
    return keras.layers.Dense(x.shape[-1], use_bias=use_bias, kernel_initializer=last, name=f"{name}_mlp2")(h)


def added(x: Any, change: Any, *, dropout: float, name: str) -> Any:
    """Return `x` plus `change`, of which a share is dropped while training."""
    return keras.layers.Add(name=f"{name}_add")([x, dropped(change, dropout, f"{name}_dropout")])


def head_width(width: int, heads: int) -> int:
    """Return the dimensions of each head.

    Raises:
        ArgumentError: `heads` do not divide `width`.
    """
    if width % heads:
        raise ArgumentError(f"width must be a multiple of heads ({heads}). Received: {width}.")
    return width // heads


def source_and_target(input_shape: Shape, target_length: int | None) -> tuple[Any, Any]:
    """Return the inputs of a translator: tokens ``source`` (B, L) and ``target`` (B, target_length), int32.

    Args:
        input_shape: (L,).
        target_length: None for L.

    Raises:
        ArgumentError: another rank, or an unknown or non-positive length.
    """
    source, _ = token_input(input_shape, name="source")
    if target_length is not None and target_length < 1:
        raise ArgumentError(f"target_length must be at least 1. Received: {target_length}.")
    return source, token_input(input_shape if target_length is None else (target_length,), name="target")[0]
