"""The residual block around a minimal recurrent layer, which the classifier and the language model share.

Feng et al. (2024), section 4.3 and their public code: causal convolution (depthwise, then over channels), recurrent
layer of `expansion` · width units and a projection back, two-layer network of 4 · width units with GELU; each added to
what it reads, the last two behind a root-mean-square normalisation. Linear layers start from PyTorch's default.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.paper import Paper
from nnbench.models._initializers import layer_options

PAPER = Paper(
    "Were RNNs all we needed?",
    "Feng, Tung, Ahmed, Bengio and Hajimirsadeghi",
    2024,
    "https://arxiv.org/abs/2410.01201",
)

CELLS = ("mingru", "minlstm")
MLP_RATIO = 4


def blocks(x: Any, *, cell: str, depth: int, expansion: float, kernel: int, dropout: float) -> Any:
    """Return `x` (batch, steps, width) after `depth` blocks and a last normalisation.

    Args:
        cell: ``"mingru"`` or ``"minlstm"``.
        expansion: units of the recurrent layer, as a multiple of width.
        kernel: window of the convolution; 0 leaves it out.
        dropout: share dropped in the two-layer network while training.

    Raises:
        ArgumentError: another cell, or an `expansion` that leaves no unit.
    """
    if cell not in CELLS:
        raise ArgumentError(f"cell must be one of {', '.join(CELLS)}. Received: {cell!r}.")
    units = int(expansion * x.shape[-1])
    if units < 1:
        raise ArgumentError(f"expansion must leave at least one of {x.shape[-1]} units. Received: {expansion}.")
    for i in range(1, depth + 1):
        name = f"block{i}"
        x = _added(x, _convolved(x, kernel, name), f"{name}_add1") if kernel else x
        x = _added(x, _recurrent(_normalized(x, f"{name}_norm1"), cell, units, name), f"{name}_add2")
        x = _added(x, _two_layers(_normalized(x, f"{name}_norm2"), dropout, name), f"{name}_add3")
    return _normalized(x, "norm")


def linear(x: Any, width: int, name: str, **options: Any) -> Any:
    """Return the linear layer of `x` (..., n), (..., width), that starts from PyTorch's default."""
    return keras.layers.Dense(width, name=name, **layer_options("torch", x.shape[-1]), **options)(x)


def _convolved(x: Any, kernel: int, name: str) -> Any:
    start = layer_options("torch", kernel)
    h = keras.layers.ZeroPadding1D((kernel - 1, 0), name=f"{name}_padding")(x)
    h = keras.layers.DepthwiseConv1D(
        kernel,
        depthwise_initializer=start["kernel_initializer"],
        bias_initializer=start["bias_initializer"],
        name=f"{name}_depthwise",
    )(h)
    return linear(h, x.shape[-1], f"{name}_pointwise")


def _recurrent(x: Any, cell: str, units: int, name: str) -> Any:
    from nnbench.layers.minimal_recurrence import MinGRU, MinLSTM

    layer = {"mingru": MinGRU, "minlstm": MinLSTM}[cell]
    h = layer(units, name=f"{name}_{cell}", **layer_options("torch", x.shape[-1]))(x)
    return linear(h, x.shape[-1], f"{name}_out")


def _two_layers(x: Any, dropout: float, name: str) -> Any:
    h = keras.layers.Activation("gelu", name=f"{name}_gelu")(linear(x, MLP_RATIO * x.shape[-1], f"{name}_mlp1"))
    if dropout:
        h = keras.layers.Dropout(dropout, name=f"{name}_dropout")(h)
    return linear(h, x.shape[-1], f"{name}_mlp2")


def _normalized(x: Any, name: str) -> Any:
    return keras.layers.RMSNormalization(name=name)(x)


def _added(x: Any, h: Any, name: str) -> Any:
    return keras.layers.Add(name=name)([x, h])
