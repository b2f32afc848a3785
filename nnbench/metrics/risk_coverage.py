"""Selective prediction: the risk of what is answered, when the least certain samples are left unanswered.

El-Yaniv & Wiener (2010), On the Foundations of Noise-free Selective Classification, JMLR 11; Geifman & El-Yaniv (2017),
Selective Classification for Deep Neural Networks, https://arxiv.org/abs/1705.08500.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.metrics import arrays
from nnbench.metrics._ties import in_order


@dataclass(frozen=True)
class RiskCoverage:
    """Risk by coverage, the most certain samples first.

    Attributes:
        coverage: (n,) share of samples answered: 1/n, 2/n … 1.
        risk: (n,) mean loss of those answered.
        generalized_risk: (n,) their summed loss over all samples: the chance of an error that is not caught.
    """

    coverage: Array
    risk: Array
    generalized_risk: Array

    @property
    def aurc(self) -> float:
        """Mean risk over all coverages, Geifman & El-Yaniv's area under the risk-coverage curve."""
        return float(self.risk.mean())

    @property
    def augrc(self) -> float:
        """Area under the generalized risk, by trapezoids from the origin (Traub et al. 2024)."""
        risks = np.concatenate([[0.0], self.generalized_risk])
        return float((risks[1:] + risks[:-1]).sum() / (2 * len(self.risk)))


def risk_coverage(confidence: Array, losses: Array) -> RiskCoverage:
    """Return the curve of answering the most certain samples first.

    Samples of equal confidence share their mean loss, which is the mean curve over their orders.

    Args:
        confidence: (n,) scores, higher where the model is surer.
        losses: (n,) losses ≥ 0, such as 1 for a wrong class and 0 for a right one.

    Raises:
        ArgumentError: shapes that differ, no samples, NaN or infinite numbers.
    """
    confidence, losses = np.asarray(confidence, np.float64), np.asarray(losses, np.float64)
    if confidence.ndim != 1 or confidence.shape != losses.shape or not len(confidence):
        raise ArgumentError(
            f"confidence and losses must both be (n,) with n ≥ 1. Received: {confidence.shape} and {losses.shape}."
        )
    arrays.finite("confidence", confidence)
    n = len(losses)
    lost = np.cumsum(in_order(-confidence, arrays.finite("losses", losses)))
    answered = np.arange(1, n + 1)
    return RiskCoverage(answered / n, lost / answered, lost / n)


def of_classifier(logits: Array, labels: Array) -> RiskCoverage:
    """Return the curve of a classifier's errors, the highest softmax probability being its confidence.

    Args:
        logits: (n, classes).
        labels: (n,) integers from 0 to classes − 1.

    Raises:
        ArgumentError: wrong shapes, NaN or infinite logits, labels out of range.
    """
    logits, labels = arrays.logits_and_labels(logits, labels)
    ordered = np.sort(np.asarray(logits, np.float64), axis=-1)
    # The odds of being wrong order as the probability does, and do not round to the same where the model is sure.
    odds = np.exp(ordered[:, :-1] - ordered[:, -1:]).sum(axis=-1)
    return risk_coverage(-odds, logits.argmax(-1) != labels)
