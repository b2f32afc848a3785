"""Training by Keras's own ``fit``: classification, regression, next token."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nnbench.core.dataset import Split
from nnbench.core.lazy import keras
from nnbench.core.recipe import Recipe
from nnbench.runtime.engine import engine
from nnbench.training.finite import require_finite
from nnbench.training.optimizer import create_optimizer
from nnbench.training.record import OnEpoch, TrainingRecord


def fit(
    model: Any, split: Split, recipe: Recipe, *, task: str, seed: int = 0, on_epoch: OnEpoch = lambda *_: None
) -> TrainingRecord:
    """Train `model`, which gives logits (or values), in place.

    Args:
        split: x (n, *shape) and y as `Split` says for the task.
        seed: decides how samples are augmented; their order without augmentation is Keras's.
        task: ``classification``, ``language`` or ``regression``.

    Raises:
        DivergedError: the loss or a weight stopped being finite.
    """
    from nnbench.training.clock import PhaseClock

    epochs = recipe.epochs_for(len(split))
    steps = math.ceil(len(split) / recipe.batch_size)
    compile_for(model, recipe, task=task, steps=steps * epochs)
    record = TrainingRecord()
    clock = PhaseClock(record, len(split), on_epoch)
    with _fed(split, recipe, seed) as data:
        model.fit(**data, epochs=epochs, verbose=0, callbacks=[clock])
    require_finite(model)
    return record


@contextmanager
def _fed(split: Split, recipe: Recipe, seed: int) -> Iterator[dict[str, Any]]:
    """Give what ``fit`` reads: the arrays themselves, which is fastest, or augmented batches."""
    if not recipe.augment:
        yield {"x": split.x, "y": split.y, "batch_size": recipe.batch_size, "shuffle": recipe.shuffle}
        return
    from nnbench.training.augmentation import AugmentedBatches

    batches = AugmentedBatches(split, batch_size=recipe.batch_size, augment=recipe.augment, seed=seed)
    try:
        yield {"x": batches}
    finally:
        batches.release()


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
