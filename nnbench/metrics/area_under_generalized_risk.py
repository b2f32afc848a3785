"""AUGRC, the area under the generalized risk-coverage curve.

Traub et al. (2024), Overcoming Common Flaws in the Evaluation of Selective Classification Systems,
https://arxiv.org/abs/2407.01032, section 3: the mean chance of an error that is not caught. Unlike AURC it does not
weigh the most certain samples above the others. With errors a and the AUROC f of certainty on right against wrong it is
(1 − f)·a·(1 − a) + a²/2, exactly. The authors print it times 1000; here it is a share.
"""

from __future__ import annotations

from nnbench.core.dataset import Array
from nnbench.core.metric import Estimate, register_metric
from nnbench.metrics.risk_coverage import of_classifier


@register_metric("augrc", task="classification", better="lower")
def augrc(logits: Array, labels: Array) -> Estimate:
    """Area under the share of samples that are answered and wrong, over the share that is answered.

    Args:
        logits: (n, classes); the highest softmax probability is the certainty.
        labels: (n,) integers from 0 to classes − 1.

    Returns:
        In [0, 1/2]; lower is better; half of the error rate where certainty says nothing. No interval; see
        `nnbench.metrics.bootstrap`.

    Raises:
        ArgumentError: wrong shapes, NaN or infinite logits, labels out of range.
    """
    return Estimate(of_classifier(logits, labels).augrc, n=len(labels))
