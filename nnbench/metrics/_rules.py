"""What a rule for the cost of a Keras operation is; the ``_rules_*`` modules hold them by class name.

A rule gives the multiply-adds of one call. What the convention leaves out (biases, activations, normalisation, pooling,
softmax, element-wise gates) costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nnbench.metrics._call import Call

Rule = Callable[[Any, Call], int | None]
"""``rule(operation, call) -> multiply-adds``, or None where the operation holds something unknown."""

FREE = {
    "BatchNormalization",
    "Embedding",
    "GroupNormalization",
    "LayerNormalization",
    "Normalization",
    "PReLU",
    "RMSNormalization",
}
"""Layers that have weights and, by the convention, no multiply-adds."""


def keras_name(operation: Any) -> str:
    """Return the name of the Keras class that decides what `operation` computes, or an empty string.

    A subclass that brings its own ``call`` computes something of its own.
    """
    own: Any = type(operation)
    for cls in own.__mro__:
        if cls.__module__.startswith("keras."):
            return str(cls.__name__) if own.call is cls.call else ""
    return ""
