"""ODIN: temperature and a step of the input.

Liang, Li & Srikant (2018), Enhancing The Reliability of Out-of-distribution Image Detection in Neural Networks,
https://arxiv.org/abs/1706.02690, section 3.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import Needs, register_detector
from nnbench.ood._bases import require
from nnbench.ood._probe import Probe
from nnbench.ood._softmax import doubt, surprise

PAPER = Paper(
    "Enhancing The Reliability of Out-of-distribution Image Detection in Neural Networks",
    "Liang, Li & Srikant",
    2018,
    "https://arxiv.org/abs/1706.02690",
)


@register_detector("odin", paper=PAPER, presets={"oodeel": {"noise": 0.014}})
class InputPerturbation:
    """1 − max softmax(logits(x′) / T), in [0, 1 − 1/classes]; higher means more out-of-distribution.

    x′ = x − ε·sign(∇ₓ −log softmax(logits / T)_k) of the predicted class k, not clipped. It costs a gradient and a
    pass. (OpenOOD takes a gradient of 0 as positive, and divides the step by its inputs' standard deviations.)

    Args:
        temperature: T, above 0.
        noise: ε ≥ 0, in the inputs' own units; 0 needs no further pass.

    Raises:
        ArgumentError: `temperature` not above 0, or `noise` below 0.
    """

    def __init__(self, *, temperature: float = 1000.0, noise: float = 0.0014) -> None:
        require(temperature > 0, "temperature must be above 0", temperature)
        require(noise >= 0, "noise must be at least 0", noise)
        self.temperature, self.noise = temperature, noise
        self.needs = Needs(probe=noise > 0)

    def fit(self, features: Array, logits: Array, labels: Array) -> None:
        """Learn nothing."""

    def score(self, features: Array, logits: Array, *, probe: Probe | None = None) -> Array:
        """Return (n,) scores of logits (n, classes), or of those that moved samples get."""
        if probe is not None:
            logits = probe.logits(probe.moved(surprise(self.temperature), by=self.noise))
        return doubt(np.asarray(logits, np.float64) / self.temperature)
