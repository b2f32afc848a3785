"""The methods by name: how each begins its attack, what it minimises, and its own schedule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.robust_training import RobustTraining
from nnbench.training.robust import fast, madry, trades
from nnbench.training.robust.ball import NORMS, Ball


@dataclass(frozen=True)
class Method:
    """A method with its numbers settled.

    Attributes:
        start: ``start(rng, shape) -> changes`` with which the attack on a batch begins.
        loss: ``loss(passes, x, begin, y) -> scalar``.
    """

    start: Callable[[np.random.Generator, tuple[int, ...]], Array]
    loss: Callable[..., Any]


def method_of(training: RobustTraining, ball: Ball) -> Method:
    """Return the method that `training` names, within `ball`."""
    steps, step_size = schedule(training)
    module = trades if training.method == "trades" else madry
    options: dict[str, Any] = {"steps": steps, "step_size": step_size}
    if module is trades:
        options["beta"] = training.beta

    def loss(passes: Any, x: Any, begin: Any, y: Any) -> Any:
        return module.loss(passes, x, begin, y, ball, **options)

    return Method(partial(_started, module, ball), loss)


def schedule(training: RobustTraining) -> tuple[int, float]:
    """Return the attack's steps and the length of each."""
    own = {"fast": fast.STEPS, "pgd": madry.STEPS, "trades": trades.STEPS}[training.method]
    steps = training.steps or own
    share = fast.STEP if training.method == "fast" else 2.5 / steps
    return steps, training.step_size or share * training.epsilon


def ball_of(training: RobustTraining, bounds: tuple[float, float]) -> Ball:
    """Return the ball that `training` names, cut by bounds (low, high)."""
    return Ball(NORMS[training.norm], training.epsilon, float(bounds[0]), float(bounds[1]))


def _started(module: Any, ball: Ball, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    started: Array = module.start(rng, shape, ball)
    return started
