"""How well a score separates positives from negatives, exactly and without subsampling the curve.

Positives should score higher. For out-of-distribution detection the positives are the out-of-distribution samples, the
convention of OpenOOD; what is reported says so in its name (``fpr95_oodpos``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

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
    needed = _needed(positives, tpr)
    negatives, positives = _scores(negatives, positives)
    threshold = np.sort(positives)[::-1][needed - 1]
    return float((negatives >= threshold).mean())


def fpr_at_tpr_estimate(
    negatives: Array, positives: Array, *, tpr: float = 0.95, resamples: int = 2000, seed: int = 0
) -> Estimate:
    """Return `fpr_at_tpr` with its 95 % bootstrap percentile interval, over both sets.

    No set is drawn anew: the k-th largest of m samples drawn with replacement is the sample at rank ⌊m·U⌋ with U of a
    beta distribution, and the negatives above it are binomial. That is the bootstrap's own distribution, in a
    thousandth of the time.

    Arguments and errors are those of `fpr_at_tpr`.
    """
    needed = _needed(positives, tpr)
    value = fpr_at_tpr(negatives, positives, tpr=tpr)
    negatives, positives = (np.sort(s) for s in _scores(negatives, positives))
    n, m = len(negatives), len(positives)
    rng = np.random.default_rng(seed)
    ranks = np.minimum((m * rng.beta(m - needed + 1, needed, resamples)).astype(int), m - 1)
    above = 1 - np.searchsorted(negatives, positives[ranks], side="left") / n
    low, high = np.quantile(rng.binomial(n, above) / n, [0.025, 0.975])
    return Estimate(value, min(value, float(low)), max(value, float(high)), n + m)


@dataclass(frozen=True)
class Roc:
    """A ROC curve with all its points, from (0, 0) to (1, 1).

    Attributes:
        fpr, tpr: (k,) shares of negatives and of positives that score at least the threshold, both ascending.
        thresholds: (k,) descending; the first is infinite.
    """

    fpr: Array
    tpr: Array
    thresholds: Array


def roc_curve(negatives: Array, positives: Array) -> Roc:
    """Return the ROC curve at every score that occurs; nothing is left out and nothing subsampled.

    Args:
        negatives: (n,) scores.
        positives: (m,) scores.

    Raises:
        ArgumentError: an empty set, NaN or infinite scores.
    """
    negatives, positives = _scores(negatives, positives)
    thresholds = np.unique(np.concatenate([negatives, positives]))[::-1]
    shares = [1 - np.searchsorted(np.sort(s), thresholds, side="left") / len(s) for s in (negatives, positives)]
    fpr, tpr = (np.concatenate([[0.0], s]) for s in shares)
    return Roc(fpr, tpr, np.concatenate([[np.inf], thresholds]))


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


def _needed(positives: Array, tpr: float) -> int:
    """Return the smallest k ≥ 1 for which k of the positives are a share of at least `tpr`."""
    if not 0 < tpr <= 1:
        raise ArgumentError(f"tpr must lie in (0, 1]. Received: {tpr}.")
    rates = np.arange(1, np.size(positives) + 1) / max(np.size(positives), 1)
    return int(np.argmax(rates >= tpr)) + 1 if rates.size else 1


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
