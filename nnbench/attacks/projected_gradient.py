"""Projected gradient descent, the standard white-box attack.

Madry, Makelov, Schmidt, Tsipras & Vladu (2018), Towards Deep Learning Models Resistant to Adversarial Attacks,
https://arxiv.org/abs/1706.06083, section 2.1: from a random point of the ball, steps along the sign of the loss's
gradient (L2: along the gradient at unit length), each projected back. Restarts as in their section 5.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nnbench.attacks._attempts import Attempts
from nnbench.attacks._descent import Descent
from nnbench.attacks._problem import Bounds, prepare
from nnbench.attacks._result import AttackResult
from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.paper import Paper
from nnbench.core.robustness import register_attack

NORMS = ("linf", "l2")

PAPER = Paper(
    "Towards Deep Learning Models Resistant to Adversarial Attacks",
    "Madry, Makelov, Schmidt, Tsipras & Vladu",
    2018,
    "https://arxiv.org/abs/1706.06083",
)


@register_attack("pgd", norms=NORMS, paper=PAPER)
def pgd(
    model: Any,
    x: Array,
    y: Array,
    *,
    norm: str,
    epsilon: float,
    bounds: Bounds,
    steps: int = 40,
    step_size: float | None = None,
    restarts: int = 1,
    seed: int = 0,
    batch_size: int = 128,
    early_exit: bool = True,
) -> AttackResult:
    """Attack a classifier by projected gradient descent on the cross-entropy.

    Args:
        model: a Keras model that gives logits (n, classes); it is run with ``training=False``.
        x: (n, *shape) inputs within `bounds`.
        y: (n,) integer labels.
        norm: ``"linf"`` or ``"l2"``, of a whole sample.
        epsilon: radius of the ball around each sample, in the units of `x`.
        bounds: (low, high) of valid inputs: numbers, or arrays that broadcast against a sample.
        steps: gradient steps of each restart; the default is that of Madry's MNIST experiments.
        step_size: length of a step in `norm`; by default 2.5 · epsilon / steps, as in Madry's.
        restarts: number of random starts; each attacks what the ones before did not fool.
        seed: decides the random starts; they depend on it and on a sample's index, and on nothing else.
        batch_size: samples per pass; changes the speed alone.
        early_exit: stop at the first input that fools the model; otherwise keep the one of highest loss.

    Raises:
        ArgumentError: an argument outside what is accepted, inputs outside the bounds, or a model that gives
            probabilities.
        NotApplicableError: the model is not a classifier of one continuous input.
    """
    length = 2.5 * epsilon / max(1, steps) if step_size is None else step_size
    _require_schedule(steps, length, restarts, default=step_size is None)
    problem = prepare(
        model, x, y, norm=norm, norms=NORMS, epsilon=epsilon, bounds=bounds, seed=seed, batch_size=batch_size
    )
    attempts = Attempts(problem)
    descent = Descent(steps, length, early_exit)
    for restart in range(restarts):
        samples = np.flatnonzero(problem.right & ~attempts.fooled if early_exit else problem.right)
        if len(samples):
            descent.run(problem, attempts, samples, problem.random_points(samples, restart))
    return problem.result(attempts.x, sorted(attempts.flags))


def _require_schedule(steps: int, step_size: float, restarts: int, *, default: bool) -> None:
    for name, value in (("steps", steps), ("restarts", restarts)):
        if value < 1:
            raise ArgumentError(f"{name} must be at least 1. Received: {value}.")
    if not default and not (math.isfinite(step_size) and step_size > 0):
        raise ArgumentError(f"step_size must be positive and finite. Received: {step_size}.")
