"""ReAct: the energy of clipped features.

Sun, Guo & Li (2021), ReAct: Out-of-distribution Detection With Rectified Activations,
https://arxiv.org/abs/2111.12797, equations 2 and 3.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import LinearHead, Needs, register_detector
from nnbench.ood._bases import ShapedEnergy, require_percentile

PAPER = Paper(
    "ReAct: Out-of-distribution Detection With Rectified Activations",
    "Sun, Guo & Li",
    2021,
    "https://arxiv.org/abs/2111.12797",
)


@register_detector("react", paper=PAPER, presets={"oodeel": {"percentile": 80}})
class RectifiedActivations(ShapedEnergy):
    """Energy of the head's logits of min(f, c); higher means more out-of-distribution.

    Args:
        percentile: c is this percentile, in [0, 100), of all training features taken together. (An absolute c, as in
            earlier versions of pytorch-ood, fits one network's scale.)

    Raises:
        ArgumentError: `percentile` outside [0, 100).
    """

    needs = Needs(training=True, head=True)

    def __init__(self, *, percentile: float = 90) -> None:
        self.percentile = require_percentile(percentile)

    def fit(self, features: Array, logits: Array, labels: Array, *, head: LinearHead) -> None:
        """Take the limit from features (n, d)."""
        self._limit = float(np.percentile(features, self.percentile))

    def shaped(self, features: Array) -> Array:
        """See `ShapedEnergy.shaped`."""
        return np.minimum(features, self._limit)
