"""The Brier score.

Brier (1950), Verification of forecasts expressed in terms of probability, Monthly Weather Review 78. As there, the
squared error is summed over the classes; for two classes that is twice scikit-learn's binary score.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.metric import Estimate, register_metric
from nnbench.metrics import arrays, intervals
from nnbench.metrics.logits import softmax


@register_metric("brier", task="classification", better="lower")
def brier(logits: Array, labels: Array) -> Estimate:
    """Mean of Σ_classes (p − one-hot label)², with the normal interval of the mean.

    Args:
        logits: (n, classes).
        labels: (n,) integers from 0 to classes − 1.

    Returns:
        In [0, 2]; lower is better.

    Raises:
        ArgumentError: wrong shapes, NaN or infinite logits, labels out of range.
    """
    logits, labels = arrays.logits_and_labels(logits, labels)
    errors = softmax(logits)
    errors[np.arange(len(labels)), labels] -= 1
    return intervals.mean(np.square(errors).sum(-1))
