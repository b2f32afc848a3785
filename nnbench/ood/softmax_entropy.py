"""Entropy of the softmax.

Used as a score by Hendrycks, Mazeika & Dietterich (2019), Deep Anomaly Detection with Outlier Exposure,
https://arxiv.org/abs/1812.04606, and Ren et al. (2019), Likelihood Ratios for Out-of-Distribution Detection,
https://arxiv.org/abs/1906.02845, table 1.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import register_detector
from nnbench.metrics.logits import log_softmax
from nnbench.ood._bases import LogitDetector

PAPER = Paper(
    "Likelihood Ratios for Out-of-Distribution Detection",
    "Ren, Liu, Fertig, Snoek, Poplin, DePristo, Dillon & Lakshminarayanan",
    2019,
    "https://arxiv.org/abs/1906.02845",
)


@register_detector("entropy", paper=PAPER)
class Entropy(LogitDetector):
    """−Σ_k p_k log p_k of p = softmax(logits), in [0, log classes] nats; higher means more out-of-distribution."""

    def score(self, features: Array, logits: Array) -> Array:
        """See `LogitDetector.score`."""
        log_p = log_softmax(logits)
        return np.asarray(-(np.exp(log_p) * log_p).sum(axis=-1))
