"""What an attack gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nnbench.core.dataset import Array

RANDOMISED = "randomised model"
"""The same input gives different logits, so that a gradient points anywhere and a success may not repeat."""

ZERO_GRADIENT = "zero gradient"
"""The gradient vanishes on more than one in a hundred attacked samples, so that the attack cannot move them."""

SHATTERED_GRADIENT = "shattered gradient"
"""A small step along the gradient does not change the loss as the gradient says."""

NON_FINITE = "non-finite logits"
"""The model gives NaN or infinity within the bounds; such inputs are not counted as successes."""

MORE_STEPS = "more steps still help"
"""Samples are fooled for the first time in the last quarter of the steps, so that more steps would fool more."""

BLACK_BOX = "black box beats white box"
"""An attack without gradients fools samples that attacks with gradients do not."""

NOT_FALLING = "robust accuracy does not fall with epsilon"
"""A larger ball holds a smaller one, so that an attack within it should fool at least as many."""

FULL_RANGE = "above chance at full range"
"""A ball that holds every input leaves the model right more often than by chance."""


@dataclass(frozen=True)
class AttackResult:
    """An attack's outcome on n samples.

    Attributes:
        x_adv: (n, *shape) inputs within the ball around `x` and within the bounds. A sample that is misclassified
            already stays as it is; one that the attack does not fool is the strongest attempt.
        success: (n,) whether the model is wrong on `x_adv`; true for samples that are misclassified already. For an
            attack with targets: whether the model gives the target.
        clean_accuracy: share of samples that are classified right.
        robust_accuracy: share of samples on which the attack does not succeed.
        flags: reasons to distrust `robust_accuracy`, such as ``"zero gradient"``.
        forwards, backwards: samples passed forward and backward through the model, padding left out. A gradient is one
            of each.
        notes: what was done differently and why; nothing that speaks against the result.
        after: robust accuracy after each attack of several, in their order.
    """

    x_adv: Array
    success: Array
    clean_accuracy: float
    robust_accuracy: float
    flags: tuple[str, ...]
    forwards: int
    backwards: int
    notes: tuple[str, ...] = ()
    after: Mapping[str, float] = field(default_factory=dict)

    @property
    def reliable(self) -> bool:
        """Whether nothing speaks against `robust_accuracy`."""
        return not self.flags
