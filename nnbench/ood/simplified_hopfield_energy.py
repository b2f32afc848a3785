"""Simplified Hopfield energy.

Zhang, Fu, Chen, Du, Li, Wang, Liu, Han & Zhang (2023), Out-of-Distribution Detection based on In-Distribution Data
Patterns Memorization with Modern Hopfield Energy, https://openreview.net/forum?id=KkazG4lgKL, equation 6.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import Needs, register_detector
from nnbench.ood._bases import require
from nnbench.ood._moments import class_means
from nnbench.ood._probe import Probe
from nnbench.ood._softmax import surprise

PAPER = Paper(
    "Out-of-Distribution Detection based on In-Distribution Data Patterns Memorization with Modern Hopfield Energy",
    "Zhang, Fu, Chen, Du, Li, Wang, Liu, Han & Zhang",
    2023,
    "https://openreview.net/forum?id=KkazG4lgKL",
)

TEMPERATURE = 1000.0


@register_detector("she", paper=PAPER, presets={"oodeel": {"pattern": "best", "noise": 0.0014}})
class SimplifiedHopfieldEnergy:
    """−⟨f, s_k⟩ of the predicted class k, any real number; higher means more out-of-distribution.

    s_k is the mean feature of the training samples of class k that are classified rightly, or of all of the class where
    none is; that of all training samples stands for a class without any.

    Args:
        pattern: ``"predicted"``, or ``"best"``: the largest product over classes, as in oodeel.
        noise: ε ≥ 0 of ODIN's step of the inputs at T = 1000 before, as in oodeel, in their own units, not clipped; it
            costs a gradient and a pass, and one more where the predicted class is asked for.

    Raises:
        ArgumentError: another pattern, or `noise` below 0.
    """

    def __init__(self, *, pattern: Literal["predicted", "best"] = "predicted", noise: float = 0.0) -> None:
        require(pattern in ("predicted", "best"), "pattern must be 'predicted' or 'best'", pattern)
        require(noise >= 0, "noise must be at least 0", noise)
        self.pattern, self.noise = pattern, noise
        self.needs = Needs(features=True, training=True, probe=noise > 0)

    def fit(self, features: Array, logits: Array, labels: Array) -> None:
        """Take the patterns of features (n, d)."""
        self._patterns = np.tile(features.mean(axis=0, dtype=np.float64), (logits.shape[1], 1))
        right = logits.argmax(axis=-1) == labels
        for chosen in (slice(None), right):
            if len(labels[chosen]):
                classes, means = class_means(features[chosen], labels[chosen])
                self._patterns[classes] = means

    def score(self, features: Array, logits: Array, *, probe: Probe | None = None) -> Array:
        """Return (n,) scores of features (n, d) and logits (n, classes), or of what moved samples have."""
        if probe is not None:
            moved = probe.moved(surprise(TEMPERATURE), by=self.noise)
            features = probe.features(moved)
            logits = logits if self.pattern == "best" else probe.logits(moved)
        products = features @ self._patterns.T
        if self.pattern == "best":
            return np.asarray(-products.max(axis=1))
        return np.asarray(-np.take_along_axis(products, logits.argmax(axis=-1)[:, None], axis=1)[:, 0])
