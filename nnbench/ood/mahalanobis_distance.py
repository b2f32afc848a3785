"""Mahalanobis distance to the nearest class.

Lee, Lee, Lee & Shin (2018), A Simple Unified Framework for Detecting Out-of-Distribution Samples and Adversarial
Attacks, https://arxiv.org/abs/1807.03888, on the penultimate features alone. The paper also combines layers by a
regression on out-of-distribution samples; OpenOOD and we do not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.lazy import keras
from nnbench.core.paper import Paper
from nnbench.core.robustness import Needs, register_detector
from nnbench.ood._bases import require
from nnbench.ood._moments import Whitening, class_means, second_moment
from nnbench.ood._probe import Probe

PAPER = Paper(
    "A Simple Unified Framework for Detecting Out-of-Distribution Samples and Adversarial Attacks",
    "Lee, Lee, Lee & Shin",
    2018,
    "https://arxiv.org/abs/1807.03888",
)


@register_detector("mahalanobis", paper=PAPER, presets={"oodeel": {"noise": 0.0014}})
class MahalanobisDistance:
    """min_c (f − μ_c)ᵀ Σ⁺ (f − μ_c), ≥ 0; higher means more out-of-distribution.

    μ_c are the classes' mean features, and Σ is the covariance about them, divided by n.

    Args:
        noise: ε ≥ 0 of the inputs' step x − ε·sign(∇ₓ distance) before, in their own units, not clipped; it costs a
            gradient and a pass. (oodeel steps by ODIN's gradient instead.)

    Raises:
        ArgumentError: `noise` below 0.
    """

    def __init__(self, *, noise: float = 0.0) -> None:
        require(noise >= 0, "noise must be at least 0", noise)
        self.noise = noise
        self.needs = Needs(features=True, training=True, probe=noise > 0)

    def fit(self, features: Array, logits: Array, labels: Array) -> None:
        """Take the classes' means and the covariance of features (n, d) about them."""
        classes, self._means = class_means(features, labels)
        own = np.searchsorted(classes, labels)
        self._whitening = Whitening.of(second_moment(features, lambda rows: self._means[own[rows]]))
        self._distance = _distance_in(self._whitening.matrix)

    def score(self, features: Array, logits: Array, *, probe: Probe | None = None) -> Array:
        """Return (n,) squared distances of features (n, d)."""
        distances = self._whitening.squared_distances(features, self._means)
        if probe is None:
            return np.asarray(distances.min(axis=1))
        nearest = self._means[distances.argmin(axis=1)].astype(np.float32)
        moved = probe.features(probe.moved(self._distance, nearest, by=self.noise, of="features"))
        return np.asarray(self._whitening.squared_distances(moved, self._means).min(axis=1))


def _distance_in(matrix: Array) -> Any:
    def distance(features: Any, means: Any) -> Any:
        flat = keras.ops.reshape(features, (keras.ops.shape(features)[0], -1))
        whitened = keras.ops.matmul(keras.ops.cast(flat, "float32") - means, matrix.astype(np.float32))
        return keras.ops.sum(keras.ops.square(whitened), axis=-1)

    return distance
