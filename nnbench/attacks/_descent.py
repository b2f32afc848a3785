"""Projected gradient steps, the loop that gradient attacks share."""

from __future__ import annotations

from dataclasses import dataclass

from nnbench.attacks import _result
from nnbench.attacks._attempts import Attempts
from nnbench.attacks._objectives import error_log_odds
from nnbench.attacks._problem import Problem
from nnbench.core.dataset import Array

ZERO_SHARE = 0.01
"""More vanishing gradients than this share are a flag; a few happen where every unit before a sample is off."""


@dataclass(frozen=True)
class Descent:
    """Steps of the same length along the norm's steepest direction, projected back after each.

    Attributes:
        early_exit: leave a sample at the first input that fools the model, and spend nothing more on it.
    """

    steps: int
    step_size: float
    early_exit: bool

    def run(self, problem: Problem, attempts: Attempts, samples: Array, start: Array) -> None:
        """Search from `start` (m, d) for the samples of indices (m,), and offer every point to `attempts`."""
        x, origin = start, problem.x[samples]
        for step in range(self.steps):
            gradient, logits = problem.network.gradient(error_log_odds, x, problem.y[samples])
            if step == 0:
                flag_vanishing(attempts, gradient)
            fools = attempts.offer(samples, x, logits)
            if self.early_exit and fools.any():
                samples, x, origin, gradient = (array[~fools] for array in (samples, x, origin, gradient))
                if not len(samples):
                    return
            x = problem.within(x + self.step_size * problem.norm.steepest(gradient), origin)
        attempts.offer(samples, x, problem.network.logits(x))


def flag_vanishing(attempts: Attempts, gradient: Array) -> None:
    """Flag gradients (m, d) that give no direction at the point where an attack begins."""
    if (gradient == 0).all(axis=1).mean() > ZERO_SHARE:
        attempts.flags.add(_result.ZERO_GRADIENT)
