"""What a reliability diagram shows: how often predictions of a confidence are right.

Murphy & Winkler (1977), Reliability of subjective probability forecasts of precipitation and temperature, Applied
Statistics 26; for networks Guo, Pleiss, Sun & Weinberger (2017), https://arxiv.org/abs/1706.04599.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.metrics import arrays
from nnbench.metrics.logits import softmax

BINS = 15
"""Of Guo et al. (2017)."""


@dataclass(frozen=True)
class Reliability:
    """Predictions by their confidence, in equal-width bins of (0, 1], each open at its lower end.

    Attributes:
        count: (bins,) predictions in each bin.
        confidence: (bins,) mean confidence in each; NaN where there is none.
        accuracy: (bins,) share of right predictions in each; NaN where there is none.
    """

    count: Array
    confidence: Array
    accuracy: Array


def reliability(logits: Array, labels: Array, *, bins: int = BINS) -> Reliability:
    """Return the reliability of the most probable class; the expected calibration error is Σ count·|gap| / n.

    Args:
        logits: (n, classes).
        labels: (n,) integers from 0 to classes − 1.
        bins: number of bins, at least 1.

    Raises:
        ArgumentError: wrong shapes, NaN or infinite logits, labels out of range, no bin.
    """
    logits, labels = arrays.logits_and_labels(logits, labels)
    confidence = softmax(logits).max(-1)
    correct = (logits.argmax(-1) == labels).astype(float)
    bin_of = equal_width(confidence, bins)
    count = np.bincount(bin_of, minlength=bins)
    with np.errstate(invalid="ignore"):
        means = [np.bincount(bin_of, values, bins) / count for values in (confidence, correct)]
    return Reliability(count, *means)


def equal_width(shares: Array, bins: int) -> Array:
    """Return the bin, 0 to bins − 1, of each of `shares` in [0, 1]; a share on an edge belongs to the bin below it.

    Raises:
        ArgumentError: `bins` below 1.
    """
    check_bins(bins)
    edges = np.linspace(0, 1, bins + 1)
    return np.asarray(np.clip(np.searchsorted(edges, shares, side="left") - 1, 0, bins - 1))


def check_bins(bins: int) -> None:
    """Refuse a number of bins below 1.

    Raises:
        ArgumentError: it is.
    """
    if bins < 1:
        raise ArgumentError(f"bins must be at least 1. Received: {bins}.")
