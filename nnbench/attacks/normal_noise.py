"""Gaussian noise, the baseline of robustness to additive noise.

Ford, Gilmer, Carlini & Cubuk (2019), Adversarial Examples Are a Natural Consequence of Test Error in Noise,
https://arxiv.org/abs/1901.10513. There the noise has a given deviation; here each sample's noise is scaled to have norm
`epsilon`, which under L2 is nearly the same in many dimensions, so that it can be set beside the attacks.
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
    "Adversarial Examples Are a Natural Consequence of Test Error in Noise",
    "Ford, Gilmer, Carlini & Cubuk",
    2019,
    "https://arxiv.org/abs/1901.10513",
)


@register_attack("gaussian_noise", norms=NORMS, paper=PAPER)
def gaussian_noise(
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
    """Add normal noise of norm `epsilon` to every sample, and clip to the bounds.

    Args:
        model: a Keras model that gives logits (n, classes); it is run with ``training=False``.
        x: (n, *shape) inputs within `bounds`.
        y: (n,) integer labels.
        norm: ``"linf"``, ``"l2"`` or ``"l1"``, of a whole sample.
        epsilon: norm of the noise, in the units of `x`.
        bounds: (low, high) of valid inputs: numbers, or arrays that broadcast against a sample.
        draws: number of draws to try; each on what the ones before did not fool.
        seed: decides the noise; it depends on it and on a sample's index, and on nothing else.
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

    def points(rows: Array, draw: int) -> Array:
        normal = problem.noise.normal(problem.samples[rows], draw, problem.x.shape[1])
        delta = problem.epsilon[rows] * normal / problem.norm.size(normal)[:, None]
        return problem.within(problem.x[rows] + delta, rows)

    return scatter(problem, draws, points)
