"""Residual: how far a feature lies from the principal space.

Wang, Li, Feng & Zhang (2022), ViM: Out-Of-Distribution with Virtual-logit Matching, https://arxiv.org/abs/2203.10807,
section 3.1 and the row "Residual" of their table 2.
"""

from __future__ import annotations

from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import LinearHead, Needs, register_detector
from nnbench.ood._subspace import Origin, Residual, checked_principal, origin_of

PAPER = Paper(
    "ViM: Out-Of-Distribution with Virtual-logit Matching",
    "Wang, Li, Feng & Zhang",
    2022,
    "https://arxiv.org/abs/2203.10807",
)


@register_detector(
    "residual",
    paper=PAPER,
    presets={
        "openood-1.5": {"principal": 512, "origin": "head"},
        "paper": {"principal": 512, "origin": "head"},
    },
)
class PrincipalResidual:
    """‖R Rᵀ (f − o)‖, ≥ 0, of the residual subspace R about an origin o; higher means more out-of-distribution.

    Args:
        principal: directions of the principal space, whose complement R is; below 1, as many as explain no more than
            this share of the variance, so that networks of any width have a residual. The paper takes 512, and 1000 of
            2048 features.
        origin: ``"mean"`` of the training features, or ``"head"``: −(Wᵀ)⁺ b, as in the paper.

    Raises:
        ArgumentError: `principal` not above 0, or another origin.
    """

    def __init__(self, *, principal: int | float = 0.99, origin: Origin = "mean") -> None:
        checked_principal(principal, origin)
        self.principal, self.origin = principal, origin
        self.needs = Needs(features=True, training=True, head=origin == "head")

    def fit(self, features: Array, logits: Array, labels: Array, *, head: LinearHead | None = None) -> None:
        """Find the residual subspace of features (n, d).

        Raises:
            NotApplicableError: the principal space leaves nothing.
        """
        self._residual = Residual.of(features, origin_of(self.origin, features, head), self.principal)

    def score(self, features: Array, logits: Array, *, head: LinearHead | None = None) -> Array:
        """Return (n,) lengths of the residuals of features (n, d)."""
        return self._residual.norms(features)
