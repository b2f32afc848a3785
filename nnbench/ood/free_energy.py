"""Energy.

Liu, Wang, Owens & Li (2020), Energy-based Out-of-distribution Detection, https://arxiv.org/abs/2010.03759, equation 3,
with T = 1 as in their section 4.
"""

from __future__ import annotations

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.paper import Paper
from nnbench.core.robustness import register_detector
from nnbench.metrics.logits import logsumexp
from nnbench.ood._bases import LogitDetector

PAPER = Paper(
    "Energy-based Out-of-distribution Detection", "Liu, Wang, Owens & Li", 2020, "https://arxiv.org/abs/2010.03759"
)


@register_detector("energy", paper=PAPER)
class Energy(LogitDetector):
    """−T · log Σ_k exp(logits_k / T), any real number; higher means more out-of-distribution.

    Args:
        temperature: T, above 0.

    Raises:
        ArgumentError: `temperature` not above 0.
    """

    def __init__(self, *, temperature: float = 1.0) -> None:
        if not temperature > 0:
            raise ArgumentError(f"temperature must be above 0. Received: {temperature}.")
        self.temperature = temperature

    def score(self, features: Array, logits: Array) -> Array:
        """See `LogitDetector.score`."""
        return -self.temperature * logsumexp(logits.astype("float64") / self.temperature)
