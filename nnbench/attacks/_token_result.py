"""What an attack on tokens gives back."""

from __future__ import annotations

from dataclasses import dataclass

from nnbench.core.dataset import Array


@dataclass(frozen=True)
class TokenAttackResult:
    """An attack's outcome on n texts.

    Attributes:
        x_adv: (n, length) tokens. A text that is misclassified already stays as it is; one that the attack does not
            fool is the strongest attempt.
        edits: (n,) tokens of `x_adv` that differ from the text's.
        success: (n,) whether the model is wrong on `x_adv`; true for texts that are misclassified already.
        clean_accuracy: share of texts that are classified right.
        robust_accuracy: share of texts that are still classified right on `x_adv`.
        flags: reasons to distrust `robust_accuracy`, such as ``"zero gradient"``.
        forwards, backwards: texts passed forward and backward through the model, padding left out.
    """

    x_adv: Array
    edits: Array
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

    def accuracy_within(self, edits: int) -> float:
        """Return the share of texts that the attack has not fooled with at most so many edits."""
        return float((~(self.success & (self.edits <= edits))).mean())
