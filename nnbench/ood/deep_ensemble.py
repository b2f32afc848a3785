"""Deep ensembles.

Lakshminarayanan, Pritzel & Blundell (2017), Simple and Scalable Predictive Uncertainty Estimation using Deep Ensembles,
https://arxiv.org/abs/1612.01474, section 3.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError, NotApplicableError
from nnbench.core.paper import Paper
from nnbench.core.robustness import Needs, register_detector
from nnbench.ood._bases import require
from nnbench.ood._probe import Probe
from nnbench.ood._sampled import UNCERTAINTIES

PAPER = Paper(
    "Simple and Scalable Predictive Uncertainty Estimation using Deep Ensembles",
    "Lakshminarayanan, Pritzel & Blundell",
    2017,
    "https://arxiv.org/abs/1612.01474",
)


@register_detector("ensemble", paper=PAPER, presets={"openood-1.5": {"uncertainty": "mean_logits"}})
class DeepEnsemble:
    """Uncertainty of the predictions of several networks, ≥ 0; higher means more out-of-distribution.

    The evaluated model is one of them, by the logits that are there already; every other costs a pass.

    Args:
        members: further built Keras models of the same inputs and classes, which give logits. Without any, the detector
            does not apply.
        uncertainty: see `nnbench.ood.mc_dropout`.

    Raises:
        ArgumentError: another uncertainty.
    """

    needs = Needs(probe=True)

    def __init__(self, *, members: Sequence[Any] = (), uncertainty: str = "entropy") -> None:
        require(uncertainty in UNCERTAINTIES, f"uncertainty must be one of {', '.join(UNCERTAINTIES)}", uncertainty)
        self.members, self.uncertainty = tuple(members), uncertainty

    def fit(self, features: Array, logits: Array, labels: Array) -> None:
        """Learn nothing."""

    def score(self, features: Array, logits: Array, *, probe: Probe) -> Array:
        """Return (n,) uncertainties of the probed samples, whose own logits are (n, classes).

        Raises:
            NotApplicableError: there are no members.
            ArgumentError: a member of other classes.
        """
        if not self.members:
            raise NotApplicableError("needs further trained networks: ensemble(members=[...])")
        found = [logits.astype(np.float64), *(probe.outputs(member) for member in self.members)]
        for others in found:
            if others.shape != logits.shape:
                raise ArgumentError(f"members must give logits {logits.shape}. Received: {others.shape}.")
        return UNCERTAINTIES[self.uncertainty](np.stack(found))
