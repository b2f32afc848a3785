"""FAB: the fast adaptive boundary attack, which looks for the nearest wrong answer.

Croce & Hein (2020), Minimally distorted adversarial examples with a fast adaptive boundary attack,
https://arxiv.org/abs/1907.02044. It looks at the boundaries of all classes in each step, which takes as many gradients.
"""

from __future__ import annotations

from typing import Any

from nnbench.attacks._attempts import Attempts
from nnbench.attacks._boundary import untargeted
from nnbench.attacks._prepare import prepare
from nnbench.attacks._problem import Bounds, Radii
from nnbench.attacks._result import AttackResult
from nnbench.attacks._scatter import require_count
from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import register_attack

NORMS = ("linf", "l2", "l1")

PAPER = Paper(
    "Minimally distorted adversarial examples with a fast adaptive boundary attack",
    "Croce & Hein",
    2020,
    "https://arxiv.org/abs/1907.02044",
)


@register_attack("fab", norms=NORMS, paper=PAPER, quick={"steps": 10})
def fab(
    model: Any,
    x: Array,
    y: Array,
    *,
    norm: str,
    epsilon: float | Radii,
    bounds: Bounds,
    steps: int = 100,
    restarts: int = 1,
    seed: int = 0,
    batch_size: int = 128,
) -> AttackResult:
    """Attack a classifier by steps to the nearest decision boundary.

    Args:
        model: a Keras model that gives logits (n, classes); it is run with ``training=False``.
        x: (n, *shape) inputs within `bounds`.
        y: (n,) integer labels.
        norm: ``"linf"``, ``"l2"`` or ``"l1"``, of a whole sample.
        epsilon: radius of the ball around each sample, in the units of `x`.
        bounds: (low, high) of valid inputs: numbers, or arrays that broadcast against a sample.
        steps: steps of each run.
        restarts: runs; the first begins at the sample, and the others at random points half a radius away.
        seed: decides the random starts; they depend on it and on a sample's index, and on nothing else.
        batch_size: samples per pass; changes the speed alone.

    Raises:
        ArgumentError: an argument outside what is accepted, inputs outside the bounds, or a model that gives
            probabilities.
        NotApplicableError: the model is not a classifier of one continuous input.
    """
    require_count("steps", steps)
    require_count("restarts", restarts)
    problem = prepare(
        model, x, y, norm=norm, norms=NORMS, epsilon=epsilon, bounds=bounds, seed=seed, batch_size=batch_size
    )
    attempts = Attempts(problem)
    untargeted(problem, attempts, steps=steps, restarts=restarts)
    return problem.result(attempts.x, sorted(attempts.flags))
