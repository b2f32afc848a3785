"""Projected gradient descent, the standard white-box attack.

Madry, Makelov, Schmidt, Tsipras & Vladu (2018), Towards Deep Learning Models Resistant to Adversarial Attacks,
https://arxiv.org/abs/1706.06083, section 2.1: from a random point of the ball, steps along the sign of the loss's
gradient (L2: along the gradient at unit length), each projected back. Restarts as in their section 5. Under L1 a step
goes along the signs of the steepest hundredth of the coordinates: Tramèr & Boneh (2019), Adversarial Training and
Robustness for Multiple Perturbations, https://arxiv.org/abs/1904.13000.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nnbench.attacks._attempts import Attempts
from nnbench.attacks._descent import Descent, descend, require_length
from nnbench.attacks._prepare import prepare
from nnbench.attacks._problem import Bounds, Radii
from nnbench.attacks._result import AttackResult
from nnbench.attacks._scatter import require_count
from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import register_attack

NORMS = ("linf", "l2", "l1")

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
    epsilon: float | Radii,
    bounds: Bounds,
    steps: int = 40,
    step_size: float | None = None,
    restarts: int = 1,
    targeted: Array | None = None,
    seed: int = 0,
    batch_size: int = 128,
    early_exit: bool = True,
) -> AttackResult:
    """Attack a classifier by projected gradient descent on the cross-entropy.

    Args:
        model: a Keras model that gives logits (n, classes); it is run with ``training=False``.
        x: (n, *shape) inputs within `bounds`.
        y: (n,) integer labels.
        norm: ``"linf"``, ``"l2"`` or ``"l1"``, of a whole sample.
        epsilon: radius of the ball around each sample, in the units of `x`.
        bounds: (low, high) of valid inputs: numbers, or arrays that broadcast against a sample.
        steps: gradient steps of each restart; the default is that of Madry's MNIST experiments.
        step_size: length of a step in `norm`; by default 2.5 · epsilon / steps, as in Madry's.
        restarts: number of random starts; each attacks what the ones before did not fool.
        targeted: (n,) classes to lead the model to, none of them the label; a success is then an answer of this class.
        seed: decides the random starts; they depend on it and on a sample's index, and on nothing else.
        batch_size: samples per pass; changes the speed alone.
        early_exit: stop at the first input that fools the model; otherwise keep the one of highest loss.

    Raises:
        ArgumentError: an argument outside what is accepted, inputs outside the bounds, or a model that gives
            probabilities.
        NotApplicableError: the model is not a classifier of one continuous input.
    """
    require_count("steps", steps)
    require_count("restarts", restarts)
    require_length(step_size)
    problem = prepare(
        model, x, y, norm=norm, norms=NORMS, epsilon=epsilon, bounds=bounds, seed=seed, batch_size=batch_size,
        targets=targeted,
    )  # fmt: skip
    attempts = Attempts(problem)
    program = Descent(norm, early_exit, targeted is not None)
    length = 2.5 * problem.epsilon / steps if step_size is None else np.full_like(problem.epsilon, step_size)
    for restart in range(restarts):
        rows = attempts.open() if early_exit else np.flatnonzero(problem.attacked)
        if len(rows):
            start = problem.random_points(rows, restart)
            descend(program, problem, attempts, start, rows, steps=steps, length=length[rows])
    return problem.result(attempts.x, sorted(attempts.flags))
