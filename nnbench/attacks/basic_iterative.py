"""The basic iterative method: the fast gradient sign method in small steps.

Kurakin, Goodfellow & Bengio (2017), Adversarial examples in the physical world, https://arxiv.org/abs/1607.02533,
section 2.2. They step by one grey level min(ε + 4, 1.25 ε) times; here a step is ε / steps unless it is given, as
inputs need not be grey levels. It differs from PGD in that it starts at the sample itself.
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
    "Adversarial examples in the physical world",
    "Kurakin, Goodfellow & Bengio",
    2017,
    "https://arxiv.org/abs/1607.02533",
)


@register_attack("bim", norms=NORMS, paper=PAPER)
def bim(
    model: Any,
    x: Array,
    y: Array,
    *,
    norm: str,
    epsilon: float | Radii,
    bounds: Bounds,
    steps: int = 10,
    step_size: float | None = None,
    targeted: Array | None = None,
    seed: int = 0,
    batch_size: int = 128,
    early_exit: bool = True,
) -> AttackResult:
    """Attack a classifier by gradient steps from each sample on.

    Nothing is random: `seed` is taken and ignored, as every attack takes one.

    Args:
        model: a Keras model that gives logits (n, classes); it is run with ``training=False``.
        x: (n, *shape) inputs within `bounds`.
        y: (n,) integer labels.
        norm: ``"linf"``, ``"l2"`` or ``"l1"``, of a whole sample.
        epsilon: radius of the ball around each sample, in the units of `x`.
        bounds: (low, high) of valid inputs: numbers, or arrays that broadcast against a sample.
        steps: gradient steps.
        step_size: length of a step in `norm`; by default epsilon / steps.
        targeted: (n,) classes to lead the model to, none of them the label; a success is then an answer of this class.
        batch_size: samples per pass; changes the speed alone.
        early_exit: stop at the first input that fools the model; otherwise keep the one of highest loss.

    Raises:
        ArgumentError: an argument outside what is accepted, inputs outside the bounds, or a model that gives
            probabilities.
        NotApplicableError: the model is not a classifier of one continuous input.
    """
    require_count("steps", steps)
    require_length(step_size)
    problem = prepare(
        model, x, y, norm=norm, norms=NORMS, epsilon=epsilon, bounds=bounds, seed=seed, batch_size=batch_size,
        targets=targeted,
    )  # fmt: skip
    attempts = Attempts(problem)
    rows = attempts.open()
    if len(rows):
        length = problem.epsilon / steps if step_size is None else np.full_like(problem.epsilon, step_size)
        program = Descent(norm, early_exit, targeted is not None)
        descend(program, problem, attempts, problem.x[rows], rows, steps=steps, length=length[rows])
    return problem.result(attempts.x, sorted(attempts.flags))
