"""Adaptive calibration error: bins of equal mass in place of equal width.

Nguyen & O'Connor (2015), Posterior calibration and exploratory analysis for natural language processing models,
https://arxiv.org/abs/1508.05154; for networks Mukhoti et al. (2020), https://arxiv.org/abs/2002.09437 ("AdaECE").
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.metric import Estimate, register_metric
from nnbench.metrics import arrays
from nnbench.metrics._ties import in_order
from nnbench.metrics.logits import softmax
from nnbench.metrics.reliability import BINS, check_bins


@register_metric("adaptive_ece", task="classification", better="lower")
def adaptive_ece(logits: Array, labels: Array, *, bins: int = BINS) -> Estimate:
    """Mean over samples of |accuracy − confidence| of the sample's bin, where every bin holds equally many samples.

    Samples are ordered by confidence and cut into `bins` parts, whose sizes differ by at most one. Samples of equal
    confidence share their mean gap, so that their order does not matter.

    Args:
        logits: (n, classes).
        labels: (n,) integers from 0 to classes − 1.
        bins: number of bins of the highest probability.

    Returns:
        In [0, 1]; lower is better. No interval: the estimate is biased upwards, so that a symmetric one would mislead.

    Raises:
        ArgumentError: wrong shapes, NaN or infinite logits, labels out of range, no bin.
    """
    logits, labels = arrays.logits_and_labels(logits, labels)
    check_bins(bins)
    confidence = softmax(logits).max(-1)
    gaps = in_order(confidence, (logits.argmax(-1) == labels) - confidence)
    total = sum(abs(float(part.sum())) for part in np.array_split(gaps, bins))
    return Estimate(total / len(labels), n=len(labels))
