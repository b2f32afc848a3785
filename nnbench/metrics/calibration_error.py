"""Expected calibration error.

Guo, Pleiss, Sun & Weinberger (2017), On Calibration of Modern Neural Networks, https://arxiv.org/abs/1706.04599,
equation 3: equal-width bins of the highest probability, each open at its lower end.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.metric import Estimate, register_metric
from nnbench.metrics import arrays
from nnbench.metrics.logits import softmax
from nnbench.metrics.reliability import BINS, equal_width


@register_metric("ece", task="classification", better="lower")
def ece(logits: Array, labels: Array, *, bins: int = BINS) -> Estimate:
    """Mean over samples of |accuracy − confidence| of the sample's confidence bin.

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
    confidence = softmax(logits).max(-1)
    gap = (logits.argmax(-1) == labels) - confidence
    gaps = np.bincount(equal_width(confidence, bins), gap, bins)
    return Estimate(float(np.abs(gaps).sum() / len(labels)), n=len(labels))
