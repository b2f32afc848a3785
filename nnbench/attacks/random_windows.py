"""Square: random search over windows of the input, which needs no gradient.

Andriushchenko, Croce, Flammarion & Hein (2020), Square Attack: a query-efficient black-box adversarial attack via
random search, https://arxiv.org/abs/1912.00049. Inputs of any rank are grids of positions with channels last: images,
signals, and tables with one channel.
"""

from __future__ import annotations

from typing import Any

from nnbench.attacks._attempts import Attempts
from nnbench.attacks._prepare import prepare
from nnbench.attacks._problem import Bounds, Radii
from nnbench.attacks._result import AttackResult
from nnbench.attacks._scatter import require_count
from nnbench.attacks._square_run import search
from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import register_attack

NORMS = ("linf", "l2", "l1")

PAPER = Paper(
    "Square Attack: a query-efficient black-box adversarial attack via random search",
    "Andriushchenko, Croce, Flammarion & Hein",
    2020,
    "https://arxiv.org/abs/1912.00049",
)


@register_attack("square", norms=NORMS, paper=PAPER, quick={"queries": 40})
def square(
    model: Any,
    x: Array,
    y: Array,
    *,
    norm: str,
    epsilon: float | Radii,
    bounds: Bounds,
    queries: int = 5000,
    seed: int = 0,
    batch_size: int = 128,
) -> AttackResult:
    """Attack a classifier by random search, without its gradient.

    Args:
        model: a Keras model that gives logits (n, classes); it is run with ``training=False``.
        x: (n, *shape) inputs within `bounds`.
        y: (n,) integer labels.
        norm: ``"linf"``, ``"l2"`` or ``"l1"``, of a whole sample.
        epsilon: radius of the ball around each sample, in the units of `x`.
        bounds: (low, high) of valid inputs: numbers, or arrays that broadcast against a sample.
        queries: windows to try.
        seed: decides the windows; they depend on it and on a sample's index, and on nothing else.
        batch_size: samples per pass; changes the speed alone.

    Raises:
        ArgumentError: an argument outside what is accepted, inputs outside the bounds, or a model that gives
            probabilities.
        NotApplicableError: the model is not a classifier of one continuous input.
    """
    require_count("queries", queries)
    problem = prepare(
        model, x, y, norm=norm, norms=NORMS, epsilon=epsilon, bounds=bounds, seed=seed, batch_size=batch_size,
        gradients=False,
    )  # fmt: skip
    attempts = Attempts(problem)
    search(problem, attempts, queries=queries)
    return problem.result(attempts.x, sorted(attempts.flags))
