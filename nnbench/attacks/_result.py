"""What an attack gives back."""

from __future__ import annotations

from dataclasses import dataclass

from nnbench.core.dataset import Array

RANDOMISED = "randomised model"
"""The same input gives different logits, so that a gradient points anywhere and a success may not repeat."""

ZERO_GRADIENT = "zero gradient"
"""The gradient vanishes on more than one in a hundred attacked samples, so that the attack cannot move them."""

NON_FINITE = "non-finite logits"
"""The model gives NaN or infinity within the bounds; such inputs are not counted as successes."""


@dataclass(frozen=True)
class AttackResult:
    """An attack's outcome on n samples.

    Attributes:
        x_adv: (n, *shape) inputs within the ball around `x` and within the bounds. A sample that is misclassified
            already stays as it is; one that the attack does not fool is the strongest attempt.
        success: (n,) whether the model is wrong on `x_adv`; true for samples that are misclassified already.
        clean_accuracy: share of samples that are classified right.
        robust_accuracy: share of samples that are still classified right on `x_adv`.
        flags: reasons to distrust `robust_accuracy`, such as ``"zero gradient"``.
        forwards, backwards: samples passed forward and backward through the model, padding left out. A gradient is one
            of each.
    """

    x_adv: Array
    success: Array
    clean_accuracy: float
    robust_accuracy: float
    flags: tuple[str, ...]
    forwards: int
    backwards: int

    @property
    def reliable(self) -> bool:
        """Whether nothing speaks against `robust_accuracy`."""
        return not self.flags
