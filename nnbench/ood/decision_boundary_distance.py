"""fDBD: the distance from the decision boundaries.

Liu & Qin (2024), Fast Decision Boundary based Out-of-Distribution Detector, https://arxiv.org/abs/2312.11536,
equation 5.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import LinearHead, Needs, register_detector
from nnbench.ood._bases import require

PAPER = Paper(
    "Fast Decision Boundary based Out-of-Distribution Detector",
    "Liu & Qin",
    2024,
    "https://arxiv.org/abs/2312.11536",
)

TINY = 1e-12


@register_detector("fdbd", paper=PAPER)
class DecisionBoundaryDistance:
    """−mean over c ≠ k of (z_k − z_c) / ‖w_k − w_c‖, divided by a length, ≤ 0; higher means more out-of-distribution.

    k is the predicted class, z the logits, w_c the head's weights. OpenOOD sums over c, which ranks the same.

    Args:
        normalizer: the length: ``"distance"`` of the feature from the training features' mean, or its ``"norm"``.

    Raises:
        ArgumentError: another normalizer.
    """

    needs = Needs(training=True, head=True)

    def __init__(self, *, normalizer: Literal["distance", "norm"] = "distance") -> None:
        require(normalizer in ("distance", "norm"), "normalizer must be 'distance' or 'norm'", normalizer)
        self.normalizer = normalizer

    def fit(self, features: Array, logits: Array, labels: Array, *, head: LinearHead) -> None:
        """Take the mean of features (n, d), and the distances between the head's weights."""
        mean = features.mean(axis=0, dtype=np.float64)
        self._origin = mean if self.normalizer == "distance" else np.zeros_like(mean)
        weights = head.weights.T.astype(np.float64)
        apart = np.stack([np.linalg.norm(weights - own, axis=1) for own in weights])
        # Classes of equal weights have no boundary between them; nor has a class with itself.
        self._inverse = np.divide(1, apart, out=np.zeros_like(apart), where=apart > TINY)

    def score(self, features: Array, logits: Array, *, head: LinearHead) -> Array:
        """Return (n,) scores of features (n, d) and logits (n, classes)."""
        lead = logits.max(axis=-1, keepdims=True).astype(np.float64) - logits
        distances = (lead * self._inverse[logits.argmax(axis=-1)]).sum(axis=-1) / (logits.shape[1] - 1)
        return np.asarray(-distances / np.maximum(np.linalg.norm(features - self._origin, axis=1), TINY))
