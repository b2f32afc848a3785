"""KL matching.

Hendrycks, Basart, Mazeika, Zou, Kwon, Mostajabi, Steinhardt & Song (2022), Scaling Out-of-Distribution Detection for
Real-World Settings, https://arxiv.org/abs/1911.11132, section 4.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import Needs, register_detector
from nnbench.metrics.logits import log_softmax, softmax

PAPER = Paper(
    "Scaling Out-of-Distribution Detection for Real-World Settings",
    "Hendrycks, Basart, Mazeika, Zou, Kwon, Mostajabi, Steinhardt & Song",
    2022,
    "https://arxiv.org/abs/1911.11132",
)


@register_detector("klm", paper=PAPER)
class KLMatching:
    """min_k KL(p ‖ d_k), ≥ 0, of p = softmax(logits); higher means more out-of-distribution.

    d_k is the mean softmax of the training samples that are predicted as class k. Classes that are never predicted are
    left out; OpenOOD gives them a one-hot d_k, from which every softmax is infinitely far.
    """

    needs = Needs(training=True)

    def fit(self, features: Array, logits: Array, labels: Array) -> None:
        """Take the mean softmax of each predicted class."""
        predicted, p = logits.argmax(axis=-1), softmax(logits)
        means = np.stack([p[predicted == k].mean(axis=0) for k in np.unique(predicted)])
        self._log_typical = np.log(np.maximum(means, np.finfo(np.float64).tiny))

    def score(self, features: Array, logits: Array) -> Array:
        """Return (n,) divergences of logits (n, classes)."""
        log_p = log_softmax(logits)
        p = np.exp(log_p)
        return np.asarray(((p * log_p).sum(axis=-1)[:, None] - p @ self._log_typical.T).min(axis=-1))
