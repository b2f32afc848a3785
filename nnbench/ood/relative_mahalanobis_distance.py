"""Relative Mahalanobis distance.

Ren, Fort, Liu, Roy, Padhy & Lakshminarayanan (2021), A Simple Fix to Mahalanobis Distance for Improving Near-OOD
Detection, https://arxiv.org/abs/2106.09022, equation 3.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import Needs, register_detector
from nnbench.ood._moments import Whitening, class_means, second_moment

PAPER = Paper(
    "A Simple Fix to Mahalanobis Distance for Improving Near-OOD Detection",
    "Ren, Fort, Liu, Roy, Padhy & Lakshminarayanan",
    2021,
    "https://arxiv.org/abs/2106.09022",
)


@register_detector("relative_mahalanobis", paper=PAPER)
class RelativeMahalanobisDistance:
    """min_c d_c − d_0, any real number; higher means more out-of-distribution.

    d_c is the squared Mahalanobis distance from class c under the covariance that classes share, d_0 that from the mean
    of all training samples under the covariance about it.
    """

    needs = Needs(features=True, training=True)

    def fit(self, features: Array, logits: Array, labels: Array) -> None:
        """Take means and covariances of features (n, d), by class and of all."""
        classes, self._means = class_means(features, labels)
        own = np.searchsorted(classes, labels)
        self._mean = features.mean(axis=0, dtype=np.float64)
        self._within = Whitening.of(second_moment(features, lambda rows: self._means[own[rows]]))
        self._total = Whitening.of(second_moment(features, self._mean))

    def score(self, features: Array, logits: Array) -> Array:
        """Return (n,) differences of squared distances of features (n, d)."""
        nearest = self._within.squared_distances(features, self._means).min(axis=1)
        return np.asarray(nearest - self._total.squared_distances(features, self._mean[None])[:, 0])
