"""What attacks raise, one value per sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.lazy import keras
from nnbench.metrics.logits import logsumexp

HIDDEN = -1e30
"""Stands in place of the label's logit, where a sum of exponentials leaves it out."""


def error_log_odds(logits: Any, labels: Any) -> Any:
    """Return log((1 − p_label) / p_label), shape (n,), for logits (n, classes) and labels (n,), in ``keras.ops``.

    The cross-entropy is softplus of it. So both rise together, and each sample's gradient points the same way; but the
    cross-entropy's gradient rounds to 0 where the model is confident, and this one's does not.
    """
    ops = keras.ops
    if keras.backend.standardize_dtype(logits.dtype) in ("float16", "bfloat16"):
        logits = ops.cast(logits, "float32")
    is_label = ops.arange(logits.shape[-1]) == ops.expand_dims(ops.cast(labels, "int32"), -1)
    label = ops.sum(ops.where(is_label, logits, 0.0), axis=-1)
    return ops.logsumexp(ops.where(is_label, HIDDEN, logits), axis=-1) - label


def error_log_odds_of(logits: Array, labels: Array) -> Array:
    """Return the same in NumPy and float64, for logits (n, classes) and labels (n,)."""
    others = np.array(logits, np.float64)
    rows = np.arange(len(labels))
    label = others[rows, labels]
    others[rows, labels] = HIDDEN
    return np.asarray(logsumexp(others) - label)
