"""Activation shaping, binarized (ASH-B).

Djurisic, Bozanic, Ashok & Liu (2023), Extremely Simple Activation Shaping for Out-of-Distribution Detection,
https://arxiv.org/abs/2209.09858, algorithm B, on the penultimate features.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import register_detector
from nnbench.ood._bases import ShapedEnergy, require_percentile
from nnbench.ood._largest import kept, largest

PAPER = Paper(
    "Extremely Simple Activation Shaping for Out-of-Distribution Detection",
    "Djurisic, Bozanic, Ashok & Liu",
    2023,
    "https://arxiv.org/abs/2209.09858",
)


@register_detector("ash_b", paper=PAPER, presets={"paper": {"percentile": 65}, "pytorch-ood": {"percentile": 65}})
class BinaryActivationShaping(ShapedEnergy):
    """Energy of the head's logits of features whose largest all get the sum of all, shared equally, and
    the others 0; higher means more out-of-distribution.

    Args:
        percentile: features below this percentile of the sample's own, in [0, 100), are set to 0. By default OpenOOD's;
            the paper takes 65.

    Raises:
        ArgumentError: `percentile` outside [0, 100).
    """

    def __init__(self, *, percentile: float = 90) -> None:
        self.percentile = require_percentile(percentile)

    def shaped(self, features: Array) -> Array:
        """See `ShapedEnergy.shaped`."""
        share = features.sum(axis=1, keepdims=True, dtype=np.float64) / kept(features.shape[1], self.percentile)
        return np.where(largest(features, self.percentile), share, 0)
