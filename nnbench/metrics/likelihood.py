"""Negative log-likelihood, the proper score that cross-entropy training minimises."""

from __future__ import annotations

from nnbench.core.dataset import Array
from nnbench.core.metric import Estimate, register_metric
from nnbench.metrics import arrays, intervals
from nnbench.metrics.logits import cross_entropies


@register_metric("nll", task="classification", better="lower", unit="nat")
def nll(logits: Array, labels: Array) -> Estimate:
    """Mean of −log p(label), in nats, with the normal interval of the mean.

    Args:
        logits: (n, classes).
        labels: (n,) integers from 0 to classes − 1.

    Returns:
        ≥ 0; lower is better; log(classes) for uniform predictions.

    Raises:
        ArgumentError: wrong shapes, NaN or infinite logits, labels out of range.
    """
    return intervals.mean(cross_entropies(*arrays.logits_and_labels(logits, labels)))
