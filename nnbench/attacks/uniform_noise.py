"""Uniform noise, the baseline that every attack has to beat.

Random points of the ball, as in Fawzi, Moosavi-Dezfooli & Frossard (2016), Robustness of classifiers: from adversarial
to random noise, https://arxiv.org/abs/1608.08967. A model that noise fools nearly as often as an attack does is either
not robust at all, or hides its gradient.
"""

from __future__ import annotations

from typing import Any

from nnbench.attacks._prepare import prepare
from nnbench.attacks._problem import Bounds, Radii
from nnbench.attacks._result import AttackResult
from nnbench.attacks._scatter import require_count, scatter
from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import register_attack

NORMS = ("linf", "l2", "l1")

PAPER = Paper(
    "Robustness of classifiers: from adversarial to random noise",
    "Fawzi, Moosavi-Dezfooli & Frossard",
    2016,
    "https://arxiv.org/abs/1608.08967",
)


@register_attack("noise", norms=NORMS, paper=PAPER)
def noise(
    model: Any,
    x: Array,
    y: Array,
    *,
    norm: str,
    epsilon: float | Radii,
    bounds: Bounds,
    draws: int = 1,
    seed: int = 0,
    batch_size: int = 128,
) -> AttackResult:
    """Move every sample to points drawn uniformly from the ball and clipped to the bounds.

    Args:
        model: a Keras model that gives logits (n, classes); it is run with ``training=False``.
        x: (n, *shape) inputs within `bounds`.
        y: (n,) integer labels.
        norm: ``"linf"``, ``"l2"`` or ``"l1"``, of a whole sample.
        epsilon: radius of the ball around each sample, in the units of `x`.
        bounds: (low, high) of valid inputs: numbers, or arrays that broadcast against a sample.
        draws: number of points to try; each on what the ones before did not fool.
        seed: decides the points; they depend on it and on a sample's index, and on nothing else.
        batch_size: samples per pass; changes the speed alone.

    Raises:
        ArgumentError: an argument outside what is accepted, inputs outside the bounds, or a model that gives
            probabilities.
        NotApplicableError: the model is not a classifier of one continuous input.
    """
    require_count("draws", draws)
    problem = prepare(
        model, x, y, norm=norm, norms=NORMS, epsilon=epsilon, bounds=bounds, seed=seed, batch_size=batch_size,
        gradients=False,
    )  # fmt: skip
    return scatter(problem, draws, problem.random_points)
