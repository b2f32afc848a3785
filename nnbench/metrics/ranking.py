"""How well a score separates positives from negatives, exactly and without subsampling the curve.

Positives should score higher. For out-of-distribution detection the positives are the out-of-distribution samples, the
convention of OpenOOD; what is reported says so in its name (``fpr95_oodpos``).
"""

from __future__ import annotations

import math

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.metric import Estimate
from nnbench.metrics import arrays
from nnbench.metrics.intervals import Z95


def auroc(negatives: Array, positives: Array) -> Estimate:
    """Return the area under the ROC curve, with DeLong's interval clipped to [0, 1].

    The area is the share of pairs in which the positive scores higher, ties counting one half. Its variance is that of
    DeLong, DeLong & Clarke-Pearson (1988), computed by midranks (Sun & Xu 2014, Fast implementation of DeLong's
    algorithm, IEEE Signal Processing Letters 21) in O(n log n). Where the two sets do not overlap the variance is 0.

    Args:
        negatives: (n,) scores.
        positives: (m,) scores.

    Returns:
        In [0, 1]; higher is better; `n` counts both sets. No interval where a set has a single sample.

    Raises:
        ArgumentError: an empty set, NaN or infinite scores.
    """
    negatives, positives = _scores(negatives, positives)
    n, m = len(negatives), len(positives)
    ranks = _midranks(np.concatenate([positives, negatives]))
    above = (ranks[:m] - _midranks(positives)) / n  # for each positive, the share of negatives that it beats
    below = 1 - (ranks[m:] - _midranks(negatives)) / m  # for each negative, the share of positives that beat it
    area = float(above.mean())
    if min(n, m) < 2:
        return Estimate(area, n=n + m)
    half = Z95 * math.sqrt(np.var(above, ddof=1) / m + np.var(below, ddof=1) / n)
    return Estimate(area, max(0.0, area - half), min(1.0, area + half), n + m)


def fpr_at_tpr(negatives: Array, positives: Array, *, tpr: float = 0.95) -> float:
    """Return the share of negatives at or above the highest threshold that at least a share `tpr` of positives reach.

    That is the false positive rate at the first point of the ROC curve with a true positive rate ≥ `tpr`, OpenOOD's
    definition on the curve with all its points.

    Args:
        negatives: (n,) scores.
        positives: (m,) scores.
        tpr: in (0, 1].

    Returns:
        In [0, 1]; lower is better.

    Raises:
        ArgumentError: an empty set, NaN or infinite scores, `tpr` outside (0, 1].
    """
    if not 0 < tpr <= 1:
        raise ArgumentError(f"tpr must lie in (0, 1]. Received: {tpr}.")
    negatives, positives = _scores(negatives, positives)
    rates = np.arange(1, len(positives) + 1) / len(positives)
    threshold = np.sort(positives)[::-1][np.argmax(rates >= tpr)]
    return float((negatives >= threshold).mean())


def aupr(negatives: Array, positives: Array) -> float:
    """Return the area under the precision-recall curve as average precision, Σ (R_k − R_{k−1}) P_k.

    No line is drawn between the points of the curve, since that is too optimistic (Davis & Goadrich 2006, The
    relationship between precision-recall and ROC curves); OpenOOD does draw it, and differs by O(1/n).

    Args:
        negatives: (n,) scores.
        positives: (m,) scores.

    Returns:
        In (0, 1]; higher is better; m / (n + m) for a constant score.

    Raises:
        ArgumentError: an empty set, NaN or infinite scores.
    """
    negatives, positives = _scores(negatives, positives)
    thresholds, counts = np.unique(positives, return_counts=True)
    positives_at = np.cumsum(counts[::-1])[::-1]
    negatives_at = len(negatives) - np.searchsorted(np.sort(negatives), thresholds, side="left")
    return float((counts * positives_at / (positives_at + negatives_at)).sum() / len(positives))


def _scores(negatives: Array, positives: Array) -> tuple[Array, Array]:
    pair = np.asarray(negatives, np.float64), np.asarray(positives, np.float64)
    for name, scores in zip(("negatives", "positives"), pair, strict=True):
        if scores.ndim != 1 or not len(scores):
            raise ArgumentError(f"{name} must be (n,) scores with n ≥ 1. Received: shape {scores.shape}.")
        arrays.finite(name, scores)
    return pair


def _midranks(scores: Array) -> Array:
    """Return the 1-based ranks (n,), tied scores sharing their mean rank."""
    _, group, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[group])
