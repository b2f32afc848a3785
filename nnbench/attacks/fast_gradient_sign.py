"""The fast gradient sign method: one step of full length.

Goodfellow, Shlens & Szegedy (2015), Explaining and Harnessing Adversarial Examples, https://arxiv.org/abs/1412.6572,
section 4: x + ε · sign(∇ₓ loss). Under L2 the step goes along the gradient at unit length (Miyato et al. 2017).
"""

from __future__ import annotations

from typing import Any

from nnbench.attacks import _checks
from nnbench.attacks._attempts import Attempts
from nnbench.attacks._objectives import error_log_odds
from nnbench.attacks._prepare import prepare
from nnbench.attacks._problem import Bounds, Radii
from nnbench.attacks._result import AttackResult
from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import register_attack

NORMS = ("linf", "l2")

PAPER = Paper(
    "Explaining and Harnessing Adversarial Examples",
    "Goodfellow, Shlens & Szegedy",
    2015,
    "https://arxiv.org/abs/1412.6572",
)


@register_attack("fgsm", norms=NORMS, paper=PAPER)
def fgsm(
    model: Any,
    x: Array,
    y: Array,
    *,
    norm: str,
    epsilon: float | Radii,
    bounds: Bounds,
    seed: int = 0,
    batch_size: int = 128,
) -> AttackResult:
    """Attack a classifier by one gradient step of length `epsilon`, clipped to the bounds.

    Nothing is random: `seed` is taken and ignored, as every attack takes one.

    Args:
        model: a Keras model that gives logits (n, classes); it is run with ``training=False``.
        x: (n, *shape) inputs within `bounds`.
        y: (n,) integer labels.
        norm: ``"linf"`` or ``"l2"``, of a whole sample.
        epsilon: length of the step, in the units of `x`.
        bounds: (low, high) of valid inputs: numbers, or arrays that broadcast against a sample.
        batch_size: samples per pass; changes the speed alone.

    Raises:
        ArgumentError: an argument outside what is accepted, inputs outside the bounds, or a model that gives
            probabilities.
        NotApplicableError: the model is not a classifier of one continuous input.
    """
    problem = prepare(
        model, x, y, norm=norm, norms=NORMS, epsilon=epsilon, bounds=bounds, seed=seed, batch_size=batch_size
    )
    attempts = Attempts(problem)
    rows = attempts.open()
    if len(rows):
        origin = problem.x[rows]
        gradient, _ = problem.network.gradient(error_log_odds, origin, problem.y[rows])
        attempts.flags.update(_checks.vanishing(problem, (gradient == 0).all(axis=1)))
        moved = problem.within(origin + problem.epsilon[rows] * problem.norm.steepest(gradient), rows)
        attempts.offer(rows, moved, problem.network.logits(moved))
    return problem.result(attempts.x, sorted(attempts.flags))
