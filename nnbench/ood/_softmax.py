"""Doubt in softmax outputs, exact where the model is sure."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.lazy import keras


def odds_against(logits: Array) -> Array:
    """Return the odds (n, classes − 1), largest last, of the other classes against the first, each in [0, 1]."""
    ordered = np.sort(np.asarray(logits, np.float64), axis=-1)
    return np.asarray(np.exp(ordered[..., :-1] - ordered[..., -1:]))


def doubt(logits: Array) -> Array:
    """Return 1 − max softmax (n,) of logits (n, classes).

    From the other classes' share, since 1 − p rounds to 0 where the model is sure.
    """
    odds = odds_against(logits).sum(axis=-1)
    return np.asarray(odds / (1 + odds))


def entropy(probabilities: Array) -> Array:
    """Return −Σ p log p (n,) in nats of probabilities (n, classes)."""
    tiny = np.finfo(np.float64).tiny
    return np.asarray(-(probabilities * np.log(np.maximum(probabilities, tiny))).sum(axis=-1))


@cache
def surprise(temperature: float) -> Any:
    """Return the objective −log softmax(logits / T)_k (n,) of the predicted class k; one object for a temperature."""

    def objective(logits: Any) -> Any:
        scaled = keras.ops.cast(logits, "float32") / temperature
        return keras.ops.logsumexp(scaled, axis=-1) - keras.ops.max(scaled, axis=-1)

    return objective
