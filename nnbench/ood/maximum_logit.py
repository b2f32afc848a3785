"""Maximum logit.

Hendrycks, Basart, Mazeika, Zou, Kwon, Mostajabi, Steinhardt & Song (2022), Scaling Out-of-Distribution Detection for
Real-World Settings, https://arxiv.org/abs/1911.11132, section 3.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import register_detector
from nnbench.ood._bases import LogitDetector

PAPER = Paper(
    "Scaling Out-of-Distribution Detection for Real-World Settings",
    "Hendrycks, Basart, Mazeika, Zou, Kwon, Mostajabi, Steinhardt & Song",
    2022,
    "https://arxiv.org/abs/1911.11132",
)


@register_detector("max_logit", paper=PAPER)
class MaximumLogit(LogitDetector):
    """−max_k logits_k, any real number; higher means more out-of-distribution."""

    def score(self, features: Array, logits: Array) -> Array:
        """See `LogitDetector.score`."""
        return np.asarray(-logits.max(axis=-1), np.float64)
