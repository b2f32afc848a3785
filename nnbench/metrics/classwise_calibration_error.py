"""Classwise calibration error: every class's probability is asked for, not the highest alone.

Kull et al. (2019), Beyond temperature scaling, https://arxiv.org/abs/1910.12656, section 2 ("classwise-ECE"); the same
as the static calibration error of Nixon et al. (2019), https://arxiv.org/abs/1904.01685.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.metric import Estimate, register_metric
from nnbench.metrics import arrays
from nnbench.metrics.logits import softmax
from nnbench.metrics.reliability import BINS, equal_width


@register_metric("classwise_ece", task="classification", better="lower")
def classwise_ece(logits: Array, labels: Array, *, bins: int = BINS) -> Estimate:
    """Mean over classes of the expected calibration error of "it is this class", in equal-width bins.

    Args:
        logits: (n, classes).
        labels: (n,) integers from 0 to classes − 1.
        bins: number of equal-width bins of (0, 1].

    Returns:
        In [0, 1]; lower is better. No interval: the estimate is biased upwards, so that a symmetric one would mislead.

    Raises:
        ArgumentError: wrong shapes, NaN or infinite logits, labels out of range, no bin.
    """
    logits, labels = arrays.logits_and_labels(logits, labels)
    n, classes = logits.shape
    probabilities = softmax(logits)
    gaps = -probabilities
    gaps[np.arange(n), labels] += 1
    bin_of = equal_width(probabilities, bins) + bins * np.arange(classes)
    sums = np.bincount(bin_of.ravel(), gaps.ravel(), bins * classes)
    return Estimate(float(np.abs(sums).sum() / (n * classes)), n=n)
