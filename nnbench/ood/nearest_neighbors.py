"""Distance to the k-th nearest neighbour.

Sun, Ming, Zhu & Li (2022), Out-of-Distribution Detection with Deep Nearest Neighbors,
https://arxiv.org/abs/2204.06507, section 3.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import Needs, register_detector
from nnbench.ood._bases import require
from nnbench.ood._neighbors import Bank, inverse_norms

PAPER = Paper(
    "Out-of-Distribution Detection with Deep Nearest Neighbors",
    "Sun, Ming, Zhu & Li",
    2022,
    "https://arxiv.org/abs/2204.06507",
)


@register_detector("knn", paper=PAPER)
class NearestNeighbors:
    """Euclidean distance to the k-th nearest training sample, ≥ 0; higher means more out-of-distribution.

    Features are scaled to length 1, so that the distance lies in [0, 2]. OpenOOD's and oodeel's scores are its square.

    Args:
        k: which neighbour, from 1; the farthest where there are fewer training samples.
        normalize: False leaves the features' lengths as they are.

    Raises:
        ArgumentError: `k` below 1.
    """

    needs = Needs(features=True, training=True)

    def __init__(self, *, k: int = 50, normalize: bool = True) -> None:
        require(k >= 1, "k must be at least 1", k)
        self.k, self.normalize = k, normalize

    def fit(self, features: Array, logits: Array, labels: Array) -> None:
        """Keep the features (n, d), without copying them."""
        scale = inverse_norms(features) if self.normalize else None
        squares = None if self.normalize else np.square(features, dtype=np.float32).sum(axis=1)
        self._bank = Bank(features, scale=scale, offset=None if squares is None else -squares / 2)

    def score(self, features: Array, logits: Array) -> Array:
        """Return (n,) distances of features (n, d)."""
        queries = features * inverse_norms(features)[:, None] if self.normalize else features
        nearness = self._bank.kth_largest(queries, self.k)
        lengths = 1 + 1 if self.normalize else np.square(queries, dtype=np.float64).sum(axis=1)
        return np.asarray(np.sqrt(np.maximum(lengths - 2 * nearness, 0)))
