"""Auto-PGD towards each of the most likely wrong classes.

Croce & Hein (2020), Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks,
https://arxiv.org/abs/2003.01690; section 4, equation 7. Under L1: Croce & Hein (2021), Mind the box,
https://arxiv.org/abs/2103.01208.
"""

from __future__ import annotations

from typing import Any

from nnbench.attacks._attempts import Attempts
from nnbench.attacks._auto_pgd_run import Schedule, targeted
from nnbench.attacks._prepare import prepare
from nnbench.attacks._problem import Bounds, Radii
from nnbench.attacks._result import AttackResult
from nnbench.attacks._scatter import require_count
from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import register_attack

NORMS = ("linf", "l2", "l1")

PAPER = Paper(
    "Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks",
    "Croce & Hein",
    2020,
    "https://arxiv.org/abs/2003.01690",
)


@register_attack("apgd_t", norms=NORMS, paper=PAPER, quick={"steps": 10})
def apgd_t(
    model: Any,
    x: Array,
    y: Array,
    *,
    norm: str,
    epsilon: float | Radii,
    bounds: Bounds,
    steps: int = 100,
    restarts: int = 1,
    targets: int = 9,
    larger_radii: bool = False,
    seed: int = 0,
    batch_size: int = 128,
) -> AttackResult:
    """Attack a classifier by Auto-PGD on the targeted difference of logits ratio.

    Any wrong answer is a success. The ratio needs 4 classes. With fewer the plain difference of the logits takes its
    place, and with fewer wrong classes than targets all of them are targets, as the result's notes say.

    Args:
        model: a Keras model that gives logits (n, classes); it is run with ``training=False``.
        x: (n, *shape) inputs within `bounds`.
        y: (n,) integer labels.
        norm: ``"linf"``, ``"l2"`` or ``"l1"``, of a whole sample.
        epsilon: radius of the ball around each sample, in the units of `x`.
        bounds: (low, high) of valid inputs: numbers, or arrays that broadcast against a sample.
        steps: gradient steps of each run.
        restarts: number of random starts for each target.
        targets: number of wrong classes to aim at, by their logits on the sample as it is.
        larger_radii: under L1, begin with balls of 3 and 2 times the radius, as AutoAttack does.
        seed: decides the random starts; they depend on it and on a sample's index, and on nothing else.
        batch_size: samples per pass; changes the speed alone.

    Raises:
        ArgumentError: an argument outside what is accepted, inputs outside the bounds, or a model that gives
            probabilities.
        NotApplicableError: the model is not a classifier of one continuous input.
    """
    require_count("steps", steps)
    require_count("restarts", restarts)
    require_count("targets", targets)
    problem = prepare(
        model, x, y, norm=norm, norms=NORMS, epsilon=epsilon, bounds=bounds, seed=seed, batch_size=batch_size
    )
    attempts = Attempts(problem)
    schedule = Schedule(steps, larger_radii)
    notes = targeted(problem, attempts, targets=targets, schedule=schedule, restarts=restarts)
    return problem.result(attempts.x, sorted(attempts.flags), notes)
