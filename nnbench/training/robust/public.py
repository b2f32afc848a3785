"""Robust training for a user's own Keras model, without the harness."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from nnbench.core.dataset import Array, Split
from nnbench.core.errors import ArgumentError
from nnbench.core.recipe import Recipe
from nnbench.core.registry import did_you_mean
from nnbench.core.robust_training import RobustTraining
from nnbench.training.record import TrainingRecord
from nnbench.training.robust.loop import fit_attacked


def fit_robust(
    model: Any,
    x: Array,
    y: Array,
    *,
    epsilon: float,
    bounds: tuple[float, float],
    method: str = "pgd",
    norm: str = "linf",
    steps: int | None = None,
    step_size: float | None = None,
    beta: float = 6.0,
    early_stop: float | None = 0.2,
    seed: int = 0,
    **recipe: Any,
) -> TrainingRecord:
    """Train a Keras classifier in place so that it withstands small changes of its inputs.

    Args:
        model: a built Keras model that gives logits (n, classes); it need not be compiled.
        x: (n, *shape) inputs within `bounds`.
        y: (n,) integer labels.
        epsilon: radius of the ball that every sample may be moved in, in the units of `x`.
        bounds: (low, high) of valid inputs.
        method, norm, steps, step_size, beta, early_stop: see `nnbench.RobustTraining`.
        seed: decides the order of samples and the starts of the attacks.
        **recipe: fields of `nnbench.Recipe`: ``epochs``, ``batch_size``, ``optimizer``, ``learning_rate`` …

    Returns:
        The curve ``loss`` by epoch, for the method ``fast`` also ``pgd_accuracy``, and seconds by phase.

    Raises:
        ArgumentError: an argument outside what is accepted, inputs outside the bounds, or a model that gives
            probabilities.
        DivergedError: the loss or a weight stopped being finite.
    """
    known = [f.name for f in fields(Recipe) if f.name != "robust"]
    for name in recipe:
        if name not in known:
            raise ArgumentError(f"There is no option {name!r}.{did_you_mean(name, known)}")
    training = RobustTraining(method, epsilon, norm, steps, step_size, beta, early_stop)
    return fit_attacked(
        model, Split(np.asarray(x), np.asarray(y)), Recipe(robust=training, **recipe), bounds=bounds, seed=seed
    )
