"""Checks of what metrics are given; each returns arrays ready for use."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError


def finite(name: str, values: Any) -> Array:
    """Return `values` as an array, or say that it holds NaN or infinity."""
    array = np.asarray(values)
    if not np.isfinite(array).all():
        bad = int(np.size(array) - np.isfinite(array).sum())
        raise ArgumentError(f"{name} must be finite. Received: {bad} of {array.size} values NaN or infinite.")
    return array


def logits_and_labels(logits: Any, labels: Any, *, rank: int = 2) -> tuple[Array, Array]:
    """Return logits (…, classes) of `rank` axes and integer labels (…) that fit together.

    Raises:
        ArgumentError: wrong shapes, no samples, fewer than two classes, NaN or infinite logits, labels out of range.
    """
    logits, labels = np.asarray(logits), np.asarray(labels)
    if logits.ndim != rank or logits.shape[:-1] != labels.shape or logits.size == 0 or logits.shape[-1] < 2:
        names = "(n, classes)" if rank == 2 else "(n, length, vocabulary)"
        raise ArgumentError(
            f"logits must be {names} with n ≥ 1 and two or more columns, and labels {names.rpartition(',')[0]}). "
            f"Received: {logits.shape} and {labels.shape}."
        )
    return finite("logits", logits), class_labels(labels, logits.shape[-1])


def class_labels(labels: Any, classes: int) -> Array:
    """Return `labels` as int64, or say which value is not one of ``0 … classes − 1``."""
    array = np.asarray(labels)
    whole = array.astype(np.int64)
    wrong = array[(whole != array) | (whole < 0) | (whole >= classes)]
    if wrong.size:
        raise ArgumentError(f"labels must be integers from 0 to {classes - 1}. Received: {wrong.flat[0]!r}.")
    return whole


def values_and_targets(values: Any, targets: Any) -> tuple[Array, Array]:
    """Return float64 values and targets, both (n,); a trailing axis of one is dropped.

    Raises:
        ArgumentError: shapes that differ, no samples, NaN or infinite numbers.
    """
    pair = [np.asarray(a, np.float64) for a in (values, targets)]
    pair = [a[:, 0] if a.ndim == 2 and a.shape[1] == 1 else a for a in pair]
    if pair[0].shape != pair[1].shape or pair[0].ndim != 1 or not len(pair[0]):
        raise ArgumentError(
            f"values and targets must both be (n,) with n ≥ 1. Received: {np.shape(values)} and {np.shape(targets)}."
        )
    return finite("values", pair[0]), finite("targets", pair[1])
