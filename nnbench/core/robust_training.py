"""What a classifier is hardened against while it is trained, and how."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nnbench.core.errors import ArgumentError

METHODS = ("fast", "pgd", "trades")
"""The methods that a recipe may name; `nnbench.training.robust` holds them."""

NORMS = ("linf", "l2")


@dataclass(frozen=True)
class RobustTraining:
    """Training on inputs that an attack moves first, within a ball around each sample.

    Attributes:
        method: ``"fast"`` (Wong, Rice & Kolter 2020: one step from a random point), ``"pgd"`` (Madry et al. 2018) or
            ``"trades"`` (Zhang et al. 2019).
        epsilon: radius of the ball, in the units of the inputs.
        norm: ``"linf"`` or ``"l2"``, of a whole sample.
        steps: gradient steps of the attack on every batch; None for the method's own: 1, 7 and 10.
        step_size: length of a step; None for the method's own: 1.25 · epsilon for ``fast``, else 2.5 · epsilon / steps.
        beta: weight of the robust term of ``trades``; the other methods ignore it.
        early_stop: for ``fast``: training ends, with the weights of the epoch before, when the accuracy under a short
            PGD on one training batch falls by more than this within an epoch; None never stops.

    Raises:
        ArgumentError: a value outside what is accepted.
    """

    method: str = "pgd"
    epsilon: float = 0.1
    norm: str = "linf"
    steps: int | None = None
    step_size: float | None = None
    beta: float = 6.0
    early_stop: float | None = 0.2

    def __post_init__(self) -> None:
        for name, value, known in (("method", self.method, METHODS), ("norm", self.norm, NORMS)):
            if value not in known:
                raise ArgumentError(f"{name} must be one of {', '.join(known)}. Received: {value!r}.")
        if self.steps is not None and self.steps < 1:
            raise ArgumentError(f"steps must be at least 1. Received: {self.steps}.")
        if self.method == "fast" and self.steps not in (None, 1):
            raise ArgumentError(f"steps must be 1 for the method fast; pgd takes more. Received: {self.steps}.")
        for name in ("epsilon", "step_size", "beta", "early_stop"):
            number = getattr(self, name)
            if number is not None and not (math.isfinite(number) and number > 0):
                raise ArgumentError(f"{name} must be positive and finite. Received: {number}.")
