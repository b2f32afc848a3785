"""Samples in the order of a score, where the order among equals must not matter."""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array


def in_order(keys: Array, values: Array) -> Array:
    """Return `values` (n,) by ascending `keys` (n,); those of equal keys are each replaced by their mean.

    That is what sorting gives on average over the orders in which equals can stand.
    """
    _, group, counts = np.unique(keys, return_inverse=True, return_counts=True)
    means = np.bincount(group, values) / counts
    return np.asarray(np.repeat(means, counts))
