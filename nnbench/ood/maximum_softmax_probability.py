"""Maximum softmax probability, the baseline of out-of-distribution detection.

Hendrycks & Gimpel (2017), A Baseline for Detecting Misclassified and Out-of-Distribution Examples in Neural Networks,
https://arxiv.org/abs/1610.02136.
"""

from __future__ import annotations

from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import register_detector
from nnbench.ood._bases import LogitDetector
from nnbench.ood._softmax import doubt

PAPER = Paper(
    "A Baseline for Detecting Misclassified and Out-of-Distribution Examples in Neural Networks",
    "Hendrycks & Gimpel",
    2017,
    "https://arxiv.org/abs/1610.02136",
)


@register_detector("msp", paper=PAPER)
class MaximumSoftmaxProbability(LogitDetector):
    """1 − max_k softmax(logits)_k, in [0, 1 − 1/classes]; higher means more out-of-distribution."""

    def score(self, features: Array, logits: Array) -> Array:
        """See `LogitDetector.score`."""
        return doubt(logits)
