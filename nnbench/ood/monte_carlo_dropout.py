"""Monte Carlo dropout.

Gal & Ghahramani (2016), Dropout as a Bayesian Approximation: Representing Model Uncertainty in Deep Learning,
https://arxiv.org/abs/1506.02142.
"""

from __future__ import annotations

from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import Needs, register_detector
from nnbench.ood._bases import require
from nnbench.ood._probe import Probe
from nnbench.ood._sampled import UNCERTAINTIES

PAPER = Paper(
    "Dropout as a Bayesian Approximation: Representing Model Uncertainty in Deep Learning",
    "Gal & Ghahramani",
    2016,
    "https://arxiv.org/abs/1506.02142",
)


@register_detector(
    "mc_dropout",
    paper=PAPER,
    presets={
        "openood-1.5": {"times": 5, "uncertainty": "mean_logits"},
        "pytorch-ood": {"times": 30, "uncertainty": "variance"},
    },
)
class MonteCarloDropout:
    """Uncertainty of predictions under dropout, ≥ 0; higher means more out-of-distribution.

    Dropout alone is active: BatchNorm uses its moving statistics. The model's own seeds stay as they are. It costs as
    many passes as draws, and does not apply to a model without dropout.

    Args:
        times: draws, at least 2.
        uncertainty: ``"entropy"`` of the mean prediction, ``"msp"`` (1 − its largest probability),
            ``"mutual_information"``, ``"variance"`` of the predictions, or ``"mean_logits"`` (1 − the largest
            probability of the mean logits).
        seed: of the draws.

    Raises:
        ArgumentError: `times` below 2, or another uncertainty.
    """

    needs = Needs(probe=True, random=True)

    def __init__(self, *, times: int = 10, uncertainty: str = "entropy", seed: int = 0) -> None:
        require(times >= 2, "times must be at least 2", times)
        require(uncertainty in UNCERTAINTIES, f"uncertainty must be one of {', '.join(UNCERTAINTIES)}", uncertainty)
        self.times, self.uncertainty, self.seed = times, uncertainty, seed

    def fit(self, features: Array, logits: Array, labels: Array) -> None:
        """Learn nothing."""

    def score(self, features: Array, logits: Array, *, probe: Probe) -> Array:
        """Return (n,) uncertainties of the probed samples."""
        return UNCERTAINTIES[self.uncertainty](probe.sampled_logits(self.times, seed=self.seed))
