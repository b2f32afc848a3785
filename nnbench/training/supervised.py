"""Training by Keras's own ``fit``: classification, regression, next token."""

from __future__ import annotations

import math
from typing import Any

from nnbench.core.dataset import Split
from nnbench.core.lazy import keras
from nnbench.core.recipe import Recipe
from nnbench.runtime.engine import engine
from nnbench.training.optimizer import create_optimizer
from nnbench.training.record import OnEpoch, TrainingRecord


def fit(model: Any, split: Split, recipe: Recipe, *, task: str, on_epoch: OnEpoch = lambda *_: None) -> TrainingRecord:
    """Train `model`, which gives logits (or values), in place.

    Args:
        split: x (n, *shape) and y as `Split` says for the task.
        task: ``classification``, ``language`` or ``regression``.

    Raises:
        DivergedError: the loss stopped being finite.
    """
    from nnbench.training.clock import PhaseClock

    epochs = recipe.epochs_for(len(split))
    steps = math.ceil(len(split) / recipe.batch_size)
    compile_for(model, recipe, task=task, steps=steps * epochs)
    record = TrainingRecord()
    clock = PhaseClock(record, len(split), on_epoch)
    model.fit(split.x, split.y, batch_size=recipe.batch_size, epochs=epochs, verbose=0, callbacks=[clock])
    return record


def compile_for(model: Any, recipe: Recipe, *, task: str, steps: int) -> None:
    """Give `model` the optimizer, the loss and the metrics of a recipe and task."""
    per_execution = min(recipe.steps_per_execution, steps) if engine().fuses_steps else 1
    model.compile(
        optimizer=create_optimizer(recipe, steps),
        loss=loss_for(task),
        metrics=["accuracy"] if task == "classification" else [],
        steps_per_execution=per_execution,
    )


def loss_for(task: str) -> Any:
    """Return the loss of a task: cross-entropy on logits, or squared error."""
    if task == "regression":
        return keras.losses.MeanSquaredError()
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)
