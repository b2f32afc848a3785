"""What attacks raise, one value per sample: functions of logits (n, classes), labels (n,) and targets (n,).

They are written in ``keras.ops``. Those that need no target ignore it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.lazy import keras
from nnbench.metrics.logits import logsumexp

HIDDEN = -1e30
"""Stands in place of the label's logit, where a sum of exponentials leaves it out."""


def error_log_odds(logits: Any, labels: Any, _targets: Any = None) -> Any:
    """Return log((1 − p_label) / p_label), shape (n,).

    The cross-entropy is softplus of it. So both rise together, and each sample's gradient points the same way; but the
    cross-entropy's gradient rounds to 0 where the model is confident, and this one's does not.
    """
    ops = keras.ops
    logits = _wide(logits)
    is_label = _one_of(labels, logits)
    label = ops.sum(ops.where(is_label, logits, ops.zeros_like(logits)), axis=-1)
    return ops.logsumexp(ops.where(is_label, ops.full_like(logits, HIDDEN), logits), axis=-1) - label


def error_log_odds_of(logits: Array, labels: Array) -> Array:
    """Return the same in NumPy and float64, for logits (n, classes) and labels (n,)."""
    others = np.array(logits, np.float64)
    rows = np.arange(len(labels))
    label = others[rows, labels]
    others[rows, labels] = HIDDEN
    return np.asarray(logsumexp(others) - label)


def cross_entropy(logits: Any, labels: Any, _targets: Any = None) -> Any:
    """Return −log p_label, shape (n,): where gradients are averaged over noise, their lengths matter too."""
    return keras.ops.softplus(error_log_odds(logits, labels))


def target_log_odds(logits: Any, _labels: Any, targets: Any) -> Any:
    """Return log(p_target / (1 − p_target)), shape (n,)."""
    return -error_log_odds(logits, targets)


def logit_ratio(logits: Any, labels: Any, _targets: Any = None) -> Any:
    """Return the difference of logits ratio −(z_y − max z_other) / (z_1st − z_3rd), shape (n,), for 3 classes or more.

    Croce & Hein (2020), https://arxiv.org/abs/2003.01690, equation 6.
    """
    logits = _wide(logits)
    top = keras.ops.top_k(logits, 3)[0]
    label = _taken(logits, labels)
    other = keras.ops.where(_predicted(logits) == _index(labels), top[:, 1], top[:, 0])
    return (other - label) / (top[:, 0] - top[:, 2] + 1e-12)


def target_logit_ratio(logits: Any, labels: Any, targets: Any) -> Any:
    """Return −(z_y − z_t) / (z_1st − (z_3rd + z_4th) / 2), shape (n,), for 4 classes or more: equation 7 there."""
    logits = _wide(logits)
    top = keras.ops.top_k(logits, 4)[0]
    difference = target_difference(logits, labels, targets)
    return difference / (top[:, 0] - 0.5 * (top[:, 2] + top[:, 3]) + 1e-12)


def target_difference(logits: Any, labels: Any, targets: Any) -> Any:
    """Return z_t − z_y, shape (n,)."""
    logits = _wide(logits)
    return _taken(logits, targets) - _taken(logits, labels)


def margin(logits: Any, labels: Any, _targets: Any = None) -> Any:
    """Return max z_other − z_y, shape (n,); positive where the model is wrong."""
    logits = _wide(logits)
    others = keras.ops.where(_one_of(labels, logits), keras.ops.full_like(logits, HIDDEN), logits)
    return keras.ops.max(others, axis=-1) - _taken(logits, labels)


def misled(logits: Any, labels: Any) -> Any:
    """Return (n,) whether logits are finite and highest elsewhere than at `labels`."""
    return (_predicted(logits) != _index(labels)) & whole(logits)


def reached(logits: Any, targets: Any) -> Any:
    """Return (n,) whether logits are finite and highest at `targets`."""
    return (_predicted(logits) == _index(targets)) & whole(logits)


def whole(logits: Any) -> Any:
    """Return (n,) whether all logits of a sample are finite."""
    return keras.ops.all(keras.ops.isfinite(logits), axis=-1)


def _predicted(logits: Any) -> Any:
    return _index(keras.ops.argmax(logits, axis=-1))


def _index(labels: Any) -> Any:
    return keras.ops.cast(labels, "int32")


def _one_of(labels: Any, logits: Any) -> Any:
    return keras.ops.arange(logits.shape[-1], dtype="int32") == keras.ops.expand_dims(_index(labels), -1)


def _taken(logits: Any, labels: Any) -> Any:
    return keras.ops.sum(keras.ops.where(_one_of(labels, logits), logits, keras.ops.zeros_like(logits)), axis=-1)


def _wide(logits: Any) -> Any:
    half = keras.backend.standardize_dtype(logits.dtype) in ("float16", "bfloat16")
    return keras.ops.cast(logits, "float32") if half else logits
