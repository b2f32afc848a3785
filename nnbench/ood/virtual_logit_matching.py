"""Virtual-logit matching.

Wang, Li, Feng & Zhang (2022), ViM: Out-Of-Distribution with Virtual-logit Matching, https://arxiv.org/abs/2203.10807,
equations 3 to 6; the score is the logarithm of the odds of their probability.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import LinearHead, register_detector
from nnbench.metrics.logits import logsumexp
from nnbench.ood.principal_residual import PrincipalResidual

PAPER = Paper(
    "ViM: Out-Of-Distribution with Virtual-logit Matching",
    "Wang, Li, Feng & Zhang",
    2022,
    "https://arxiv.org/abs/2203.10807",
)


@register_detector(
    "vim",
    paper=PAPER,
    presets={
        "openood-1.5": {"principal": 256, "origin": "head"},
        "paper": {"principal": 512, "origin": "head"},
    },
)
class VirtualLogitMatching(PrincipalResidual):
    """α ‖R Rᵀ (f − o)‖ − log Σ_k exp(logits_k), any real number; higher means more out-of-distribution.

    α = mean of the largest logit / mean length of the residual, over the training samples. The defaults are oodeel's:
    the principal space explains up to 99 % of the variance about the mean. OpenOOD's 256 directions leave nothing of
    features that are no wider. Arguments and errors are `PrincipalResidual`'s.
    """

    def fit(self, features: Array, logits: Array, labels: Array, *, head: LinearHead | None = None) -> None:
        """Find the residual subspace of features (n, d), and match its lengths to logits (n, classes)."""
        super().fit(features, logits, labels, head=head)
        length = self._residual.mean_norm(features)
        self._alpha = float(logits.max(axis=-1).mean(dtype=np.float64)) / length if length else 0.0

    def score(self, features: Array, logits: Array, *, head: LinearHead | None = None) -> Array:
        """Return (n,) scores of features (n, d) and logits (n, classes)."""
        return np.asarray(self._alpha * self._residual.norms(features) - logsumexp(logits))
