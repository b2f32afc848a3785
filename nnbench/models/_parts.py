"""Parts of very deep networks as models of their own.

Keras walks the graph of a model recursively, and some nine hundred layers in a row reach Python's limit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nnbench.core.lazy import keras


def apart(x: Any, build: Callable[[Any], Any], name: str) -> Any:
    """Return ``build(x)``, computed by a model within the model."""
    inputs = keras.Input(x.shape[1:])
    return keras.Model(inputs, build(inputs), name=name)(x)
