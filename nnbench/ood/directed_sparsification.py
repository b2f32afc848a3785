"""DICE: the energy by the head's weights that contribute most.

Sun & Li (2022), DICE: Leveraging Sparsification for Out-of-Distribution Detection, https://arxiv.org/abs/2111.09805,
section 3.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import LinearHead, Needs, register_detector
from nnbench.metrics.logits import logsumexp
from nnbench.ood._bases import require_percentile

PAPER = Paper(
    "DICE: Leveraging Sparsification for Out-of-Distribution Detection",
    "Sun & Li",
    2022,
    "https://arxiv.org/abs/2111.09805",
)


@register_detector("dice", paper=PAPER)
class DirectedSparsification:
    """Energy of (M ⊙ W)ᵀ f + b, any real number; higher means more out-of-distribution.

    M keeps the weights whose contribution, weight × mean training feature, lies above a percentile of all of them.

    Args:
        percentile: of all contributions, in [0, 100).

    Raises:
        ArgumentError: `percentile` outside [0, 100).
    """

    needs = Needs(training=True, head=True)

    def __init__(self, *, percentile: float = 90) -> None:
        self.percentile = require_percentile(percentile)

    def fit(self, features: Array, logits: Array, labels: Array, *, head: LinearHead) -> None:
        """Choose the weights by the mean of features (n, d)."""
        contributions = features.mean(axis=0, dtype=np.float64)[:, None] * head.weights
        kept = contributions > np.percentile(contributions, self.percentile)
        self._sparse = LinearHead(np.where(kept, head.weights, 0), head.bias)

    def score(self, features: Array, logits: Array, *, head: LinearHead) -> Array:
        """Return (n,) energies of features (n, d)."""
        return -logsumexp(self._sparse.logits(features))
