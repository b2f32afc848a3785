"""From logits to probabilities in float64, and telling logits from probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras


def logsumexp(logits: Array) -> Array:
    """Return log Σ exp over the last axis of `logits` (…, classes), in float64 and without overflow."""
    wide = np.asarray(logits, np.float64)
    top = wide.max(axis=-1)
    return np.asarray(top + np.log(np.exp(wide - top[..., None]).sum(axis=-1)))


def log_softmax(logits: Array) -> Array:
    """Return log probabilities (…, classes), each ≤ 0, in float64."""
    wide = np.asarray(logits, np.float64)
    return np.asarray(wide - logsumexp(wide)[..., None])


def softmax(logits: Array) -> Array:
    """Return probabilities (…, classes) that sum to 1 over the last axis, in float64."""
    return np.asarray(np.exp(log_softmax(logits)))


def cross_entropies(logits: Array, labels: Array, block: int = 4096) -> Array:
    """Return −log softmax(logits)[label], in nats, shape (n,), for logits (n, classes) and labels (n,).

    Works on `block` rows at a time, so that a large vocabulary needs little memory beside the logits.
    """
    out = np.empty(len(logits))
    for start in range(0, len(logits), block):
        rows = slice(start, start + block)
        chosen = np.take_along_axis(logits[rows], labels[rows, None], axis=-1)[:, 0]
        out[rows] = logsumexp(logits[rows]) - chosen
    return out


def look_like_probabilities(outputs: Array) -> bool:
    """Return whether every row of `outputs` (n, classes) lies in [0, 1] and sums to 1, as a softmax head's do."""
    sums = np.asarray(outputs, np.float64).sum(axis=-1)
    return bool(outputs.min() >= 0 and outputs.max() <= 1 and np.allclose(sums, 1, atol=1e-3))


def require_logits(model: keras.Model) -> None:
    """Refuse a model whose last layer turns logits into probabilities.

    Raises:
        ArgumentError: the last layer is a softmax or a sigmoid, or has one as its activation.
    """
    last: Any = model
    while getattr(last, "layers", None):
        last = last.layers[-1]
    name = getattr(getattr(last, "activation", None), "__name__", "")
    if isinstance(last, keras.layers.Softmax) or name in ("softmax", "sigmoid"):
        raise ArgumentError(
            f"model must give logits, the values before the softmax. Received: {model.name!r}, whose last layer "
            f"{last.name!r} applies {name or 'softmax'}; build it without that activation."
        )
