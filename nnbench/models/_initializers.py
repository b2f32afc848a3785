"""Initialisations that published results depend on, made of Keras's own initialisers so that saved models load."""

from __future__ import annotations

from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras

CHOICES = ("keras", "torch")


def layer_options(initializer: str, fan_in: int) -> dict[str, Any]:
    """Return the initialisers of a dense or convolution layer as keyword arguments.

    Args:
        initializer: ``"keras"`` (Glorot uniform, zero biases) or ``"torch"`` (PyTorch's default: kernel and bias
            uniform in ±1/√fan_in).
        fan_in: number of values that one unit reads.

    Raises:
        ArgumentError: another `initializer`.
    """
    check(initializer)
    if initializer == "keras":
        return {}
    uniform = _uniform(fan_in)
    return {"kernel_initializer": uniform(), "bias_initializer": uniform()}


def recurrent_options(initializer: str, units: int) -> dict[str, Any]:
    """Return the initialisers of a recurrent layer; PyTorch's default draws all weights from ±1/√units.

    Raises:
        ArgumentError: an unknown `initializer`.
    """
    check(initializer)
    if initializer == "keras":
        return {}
    uniform = _uniform(units)
    return {f"{part}_initializer": uniform() for part in ("kernel", "recurrent", "bias")}


def check(initializer: str) -> None:
    """Raise ArgumentError unless `initializer` is one of `CHOICES`."""
    if initializer not in CHOICES:
        raise ArgumentError(f"initializer must be one of {', '.join(CHOICES)}. Received: {initializer!r}.")


def he_normal(mode: str) -> Any:
    """Return He et al.'s (2015) normal initialiser, not truncated; `mode` is ``"fan_in"`` or ``"fan_out"``."""
    return keras.initializers.VarianceScaling(2.0, mode=mode, distribution="untruncated_normal")


def _uniform(fan_in: int) -> Any:
    limit = fan_in**-0.5
    # One object per weight: an initialiser draws the same numbers each time it is called.
    return lambda: keras.initializers.RandomUniform(-limit, limit)
