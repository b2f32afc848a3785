"""A model's passes while it is trained robustly: one that learns, and two that only look.

Which of the two an attack takes decides what BatchNormalization and Dropout do in it; every method states its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nnbench.core.lazy import keras

Pass = Callable[[Any], Any]
"""Inputs (n, *shape) to logits (n, classes)."""


@dataclass(frozen=True)
class Passes:
    """The passes of one model.

    Attributes:
        learning: with batch statistics and Dropout, and all updates of state; gradients reach the weights.
        batch_statistics: as in training, without any update, the weights taken as constants.
        evaluation: with the moving statistics and without Dropout, the weights taken as constants.
    """

    learning: Pass
    batch_statistics: Pass
    evaluation: Pass


def passes_of(model: Any) -> Passes:
    """Return the passes of a built model."""
    return Passes(
        learning=lambda x: model(x, training=True),
        batch_statistics=lambda x: _looking(model, x, training=True),
        evaluation=lambda x: _looking(model, x, training=False),
    )


def _looking(model: Any, x: Any, *, training: bool) -> Any:
    # The gradient in the weights would be computed for nothing, and an update in the attack's loop could not leave it.
    weights = [keras.ops.stop_gradient(v.value) for v in model.trainable_variables]
    others = [keras.ops.stop_gradient(v.value) for v in model.non_trainable_variables]
    logits, _ = model.stateless_call(weights, others, x, training=training)
    return logits
