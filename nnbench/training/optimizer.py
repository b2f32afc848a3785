"""From a recipe to a Keras optimizer."""

from __future__ import annotations

from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.recipe import Recipe

SCHEDULES = ("constant", "cosine")


def create_optimizer(recipe: Recipe, steps: int) -> Any:
    """Return a fresh optimizer for a training of `steps` steps.

    Raises:
        ArgumentError: Keras has no such optimizer, it takes no such option, or the schedule is unknown.
    """
    try:
        return keras.optimizers.get(
            {
                "class_name": recipe.optimizer,
                "config": {"learning_rate": _rate(recipe, steps), **recipe.optimizer_options},
            }
        )
    except (ValueError, TypeError) as error:
        raise ArgumentError(
            f"optimizer must be one that Keras knows, with options that it takes. "
            f"Received: {recipe.optimizer!r} with {dict(recipe.optimizer_options)}: {error}"
        ) from error


def _rate(recipe: Recipe, steps: int) -> Any:
    if recipe.schedule == "constant":
        return recipe.learning_rate
    if recipe.schedule == "cosine":
        return keras.optimizers.schedules.CosineDecay(recipe.learning_rate, decay_steps=max(1, steps))
    raise ArgumentError(f"schedule must be one of {', '.join(SCHEDULES)}. Received: {recipe.schedule!r}.")
