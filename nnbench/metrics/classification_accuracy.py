"""Accuracy: the share of samples whose highest logit is the label's."""

from __future__ import annotations

from nnbench.core.dataset import Array
from nnbench.core.metric import Estimate, register_metric
from nnbench.metrics import arrays, intervals


@register_metric("accuracy", task="classification", better="higher")
def accuracy(logits: Array, labels: Array) -> Estimate:
    """Share of samples whose highest logit is the label's, with the Wilson interval.

    Args:
        logits: (n, classes); of equal highest logits the first counts.
        labels: (n,) integers from 0 to classes − 1.

    Returns:
        In [0, 1]; higher is better.

    Raises:
        ArgumentError: wrong shapes, NaN or infinite logits, labels out of range.
    """
    logits, labels = arrays.logits_and_labels(logits, labels)
    return intervals.share(int((logits.argmax(-1) == labels).sum()), len(labels))
