"""AURC, the area under the risk-coverage curve.

Geifman & El-Yaniv (2017), Selective Classification for Deep Neural Networks, https://arxiv.org/abs/1705.08500; Geifman,
Uziel & El-Yaniv (2019), https://arxiv.org/abs/1805.08206, equation 2.
"""

from __future__ import annotations

from nnbench.core.dataset import Array
from nnbench.core.metric import Estimate, register_metric
from nnbench.metrics.risk_coverage import of_classifier


@register_metric("aurc", task="classification", better="lower")
def aurc(logits: Array, labels: Array) -> Estimate:
    """Mean error rate of the k most certain predictions, over k = 1 … n.

    Args:
        logits: (n, classes); the highest softmax probability is the certainty.
        labels: (n,) integers from 0 to classes − 1.

    Returns:
        In [0, 1]; lower is better; the error rate itself where certainty says nothing. No interval; see
        `nnbench.metrics.bootstrap`.

    Raises:
        ArgumentError: wrong shapes, NaN or infinite logits, labels out of range.
    """
    return Estimate(of_classifier(logits, labels).aurc, n=len(labels))
