"""An end for fast adversarial training before it collapses: Wong, Rice & Kolter (2020), section 5.3 and their code.

After every epoch the accuracy under PGD of 5 steps of a quarter of the radius is taken on one training batch. Where it
has fallen by more than a fifth within an epoch, the weights of the epoch before are the result.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.dataset import Split
from nnbench.core.robust_training import RobustTraining
from nnbench.core.robustness import ATTACKS

STEPS, SHARE = 5, 0.25


class CollapseWatch:
    """Remembers the weights of the last epoch that was still robust.

    Args:
        batch: training samples on which accuracy is taken.
        bounds: (low, high) of valid inputs.
    """

    def __init__(self, model: Any, batch: Split, training: RobustTraining, bounds: tuple[float, float]) -> None:
        self._model, self._batch, self._training, self._bounds = model, batch, training, bounds
        self._before = 0.0
        self._weights: list[Any] | None = None

    def accuracy(self) -> float:
        """Return the model's accuracy on the batch under a short PGD."""
        training = self._training
        result = ATTACKS.get("pgd").run(
            self._model,
            self._batch.x,
            self._batch.y,
            norm=training.norm,
            epsilon=training.epsilon,
            bounds=self._bounds,
            steps=STEPS,
            step_size=SHARE * training.epsilon,
            seed=0,
        )
        return float(result.robust_accuracy)

    def collapsed(self, accuracy: float) -> bool:
        """Return whether `accuracy` has fallen too far since the last call; the model then has the weights of then."""
        drop, self._before = self._before - accuracy, accuracy
        if self._training.early_stop is not None and self._weights is not None and drop > self._training.early_stop:
            self._model.set_weights(self._weights)
            return True
        self._weights = self._model.get_weights()
        return False
