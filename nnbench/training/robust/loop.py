"""The loop of robust training: attacked batches, a compiled step for each, curves and times by phase."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from nnbench.core.dataset import Split
from nnbench.core.errors import ArgumentError
from nnbench.core.recipe import Recipe
from nnbench.core.robust_training import RobustTraining
from nnbench.metrics.arrays import class_labels, finite
from nnbench.metrics.logits import require_logits
from nnbench.runtime.engine import engine
from nnbench.training.augmentation import check_augmentations
from nnbench.training.finite import require_finite
from nnbench.training.optimizer import create_optimizer
from nnbench.training.record import OnEpoch, TrainingRecord
from nnbench.training.robust.batches import AttackedBatches
from nnbench.training.robust.early_stopping import CollapseWatch
from nnbench.training.robust.methods import ball_of, method_of
from nnbench.training.robust.passes import passes_of


def fit_attacked(
    model: Any,
    split: Split,
    recipe: Recipe,
    *,
    bounds: tuple[float, float] | None,
    seed: int = 0,
    on_epoch: OnEpoch = lambda *_: None,
) -> TrainingRecord:
    """Train a classifier in place by the robust method of a recipe.

    The record has a curve ``loss``, and for the method ``fast`` also ``pgd_accuracy``, which tells a collapse.

    Args:
        model: gives logits (n, classes).
        split: samples (n, *shape) within `bounds`, and integer labels (n,).
        bounds: (low, high) of valid inputs.
        seed: decides the order of samples, their augmentation and the starts of the attacks.

    Raises:
        ArgumentError: no bounds, samples outside them, labels that are not classes, or a model that gives
            probabilities.
        DivergedError: the loss or a weight stopped being finite.
    """
    training = recipe.robust or RobustTraining()
    split, bounds = _checked(model, split, recipe, bounds)
    epochs, per_epoch = recipe.epochs_for(len(split)), -(-len(split) // recipe.batch_size)
    method = method_of(training, ball_of(training, bounds))
    passes = passes_of(model)

    def loss(x: Any, begin: Any, y: Any) -> Any:
        return method.loss(passes, x, begin, y)

    step = engine().training_step(loss, model, [], create_optimizer(recipe, epochs * per_epoch))
    watch = CollapseWatch(model, split.take(recipe.batch_size), training, bounds) if training.method == "fast" else None
    record = _run(step, AttackedBatches(split, recipe, method.start, seed), watch, epochs, on_epoch)
    require_finite(model)
    return record


def _run(
    step: Any, batches: AttackedBatches, watch: CollapseWatch | None, epochs: int, on_epoch: OnEpoch
) -> TrainingRecord:
    record, mark = TrainingRecord(), time.perf_counter()
    for epoch in range(epochs):
        losses: list[Any] = []
        seen = 0
        for x, begin, y in batches.epoch():
            losses.append(step(x, begin, y))
            seen += len(x)
            if not record.seconds["first_step"]:
                float(losses[0])
                mark = _lap(record, "first_step", mark)
        values = {"loss": float(np.mean([float(value) for value in losses]))}
        mark = _lap(record, "steady" if epoch else "warmup", mark)
        record.steady_samples += seen if epoch else 0
        if watch:
            values["pgd_accuracy"] = watch.accuracy()
            mark = time.perf_counter()  # the watch is not training
        record.log(**values)
        on_epoch(epoch + 1, epochs)
        if watch and watch.collapsed(values["pgd_accuracy"]):
            break
    return record


def _checked(
    model: Any, split: Split, recipe: Recipe, bounds: tuple[float, float] | None
) -> tuple[Split, tuple[float, float]]:
    require_logits(model)
    if bounds is None or not bounds[0] < bounds[1]:
        raise ArgumentError(f"bounds must be (low, high), the range of the inputs. Received: {bounds!r}.")
    if not len(split):
        raise ArgumentError("x must hold at least one sample. Received: none.")
    x = finite("x", split.x)
    if x.min() < bounds[0] or x.max() > bounds[1]:
        raise ArgumentError(f"x must lie within bounds {bounds!r}. Received: values from {x.min()} to {x.max()}.")
    check_augmentations(recipe.augment, x)
    shape = getattr(model, "output_shape", None)
    if not isinstance(shape, tuple) or len(shape) != 2 or (shape[-1] or 0) < 2:
        raise ArgumentError(f"model must give logits (n, classes) of two or more classes. Received: {shape}.")
    labels = class_labels(split.y, shape[-1]).astype(np.int32)
    return Split(np.asarray(x, np.float32), labels), bounds


def _lap(record: TrainingRecord, phase: str, start: float) -> float:
    now = time.perf_counter()
    record.seconds[phase] += now - start
    return now
