"""What networks for tables share."""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.paper import Paper
from nnbench.models._initializers import layer_options

RTDL = Paper(
    "Revisiting deep learning models for tabular data",
    "Gorishniy, Rubachev, Khrulkov and Babenko",
    2021,
    "https://arxiv.org/abs/2106.11959",
)

INPUTS = ("table", "signal", "points")
TASKS = ("classification", "regression")


def dense(x: Any, units: int, name: str) -> Any:
    """Return a dense layer of `x` (..., n): (..., units), that starts as in PyTorch."""
    return keras.layers.Dense(units, name=name, **layer_options("torch", x.shape[-1]))(x)
