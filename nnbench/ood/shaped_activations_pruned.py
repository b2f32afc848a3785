"""Activation shaping, pruned (ASH-P).

Djurisic, Bozanic, Ashok & Liu (2023), Extremely Simple Activation Shaping for Out-of-Distribution Detection,
https://arxiv.org/abs/2209.09858, algorithm P, on the penultimate features.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import register_detector
from nnbench.ood._bases import ShapedEnergy, require_percentile
from nnbench.ood._largest import largest

PAPER = Paper(
    "Extremely Simple Activation Shaping for Out-of-Distribution Detection",
    "Djurisic, Bozanic, Ashok & Liu",
    2023,
    "https://arxiv.org/abs/2209.09858",
)


@register_detector("ash_p", paper=PAPER, presets={"paper": {"percentile": 60}, "pytorch-ood": {"percentile": 65}})
class PrunedActivationShaping(ShapedEnergy):
    """Energy of the head's logits of a sample's largest features, the others 0; higher means more out-of-distribution.

    Args:
        percentile: features below this percentile of the sample's own, in [0, 100), are set to 0. By default that of
            OpenOOD's ASH-B; the paper takes 60.

    Raises:
        ArgumentError: `percentile` outside [0, 100).
    """

    def __init__(self, *, percentile: float = 90) -> None:
        self.percentile = require_percentile(percentile)

    def shaped(self, features: Array) -> Array:
        """See `ShapedEnergy.shaped`."""
        return np.where(largest(features, self.percentile), features, 0)
