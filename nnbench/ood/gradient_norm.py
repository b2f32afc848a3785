"""GradNorm, in closed form.

Huang, Geng & Li (2021), On the Importance of Gradients for Detecting Distributional Shifts in the Wild,
https://arxiv.org/abs/2110.00218, for the weights of the last layer, their choice in section 4.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import LinearHead, Needs, register_detector
from nnbench.metrics.logits import softmax
from nnbench.ood._bases import require

PAPER = Paper(
    "On the Importance of Gradients for Detecting Distributional Shifts in the Wild",
    "Huang, Geng & Li",
    2021,
    "https://arxiv.org/abs/2110.00218",
)


@register_detector("gradnorm", paper=PAPER)
class GradientNorm:
    """−‖f‖₁ · ‖C p − 1‖₁, ≤ 0; higher means more out-of-distribution.

    That is the L1 norm of the gradient, in the head's weights, of Σ_c −log p_c with p = softmax(logits / T) of C
    classes: the gradient is the outer product of f and C p − 1, up to 1 / T.

    Args:
        temperature: T, above 0.

    Raises:
        ArgumentError: `temperature` not above 0.
    """

    needs = Needs(head=True)

    def __init__(self, *, temperature: float = 1.0) -> None:
        require(temperature > 0, "temperature must be above 0", temperature)
        self.temperature = temperature

    def fit(self, features: Array, logits: Array, labels: Array, *, head: LinearHead) -> None:
        """Learn nothing."""

    def score(self, features: Array, logits: Array, *, head: LinearHead) -> Array:
        """Return (n,) scores of features (n, d) and logits (n, classes)."""
        p = softmax(logits.astype(np.float64) / self.temperature)
        sides = np.abs(features).sum(axis=1, dtype=np.float64), np.abs(p.shape[1] * p - 1).sum(axis=1)
        return np.asarray(-sides[0] * sides[1] / self.temperature)
