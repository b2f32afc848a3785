"""SCALE: the energy of features that are scaled by how few carry them.

Xu, Chen, Franchi & Yao (2024), Scaling for Training Time and Post-hoc Out-of-distribution Detection Enhancement,
https://arxiv.org/abs/2310.00227, section 4.
"""

from __future__ import annotations

from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import register_detector
from nnbench.ood._bases import ShapedEnergy, require_percentile
from nnbench.ood._largest import largest, sharpening

PAPER = Paper(
    "Scaling for Training Time and Post-hoc Out-of-distribution Detection Enhancement",
    "Xu, Chen, Franchi & Yao",
    2024,
    "https://arxiv.org/abs/2310.00227",
)


@register_detector("scale", paper=PAPER, presets={"pytorch-ood": {"percentile": 65}})
class ActivationScaling(ShapedEnergy):
    """Energy of the head's logits of f · exp(Σ f / Σ largest f); higher means more out-of-distribution.

    Args:
        percentile: the largest features are those above this percentile of the sample's own, in [0, 100).

    Raises:
        ArgumentError: `percentile` outside [0, 100).
    """

    def __init__(self, *, percentile: float = 85) -> None:
        self.percentile = require_percentile(percentile)

    def shaped(self, features: Array) -> Array:
        """See `ShapedEnergy.shaped`."""
        return features * sharpening(features, largest(features, self.percentile), self.percentile)
