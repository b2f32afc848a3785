"""The L2 attack of Carlini and Wagner: the least perturbation plus a penalty on the margin, by Adam.

Carlini & Wagner (2017), Towards Evaluating the Robustness of Neural Networks, https://arxiv.org/abs/1608.04644, section
V and VI.A: inputs are tanh of free variables, so that the bounds hold, and the penalty's weight is found by halving an
interval. Constants are those of the authors' code but for 1000 steps, as is usual, instead of 10,000. A sample is left
as soon as it is fooled within its ball; the search for a smaller perturbation is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nnbench.attacks import _checks
from nnbench.attacks._attempts import Attempts
from nnbench.attacks._lanes import View, run
from nnbench.attacks._norms import at_least, vanishes
from nnbench.attacks._objectives import margin, misled
from nnbench.attacks._prepare import prepare
from nnbench.attacks._problem import Bounds, Problem, Radii
from nnbench.attacks._result import AttackResult
from nnbench.attacks._scatter import require_count
from nnbench.core.dataset import Array
from nnbench.core.lazy import keras
from nnbench.core.paper import Paper
from nnbench.core.robustness import register_attack
from nnbench.runtime.engine import Tree

NORMS = ("l2",)

PAPER = Paper(
    "Towards Evaluating the Robustness of Neural Networks",
    "Carlini & Wagner",
    2017,
    "https://arxiv.org/abs/1608.04644",
)


FIRST_WEIGHT, HEAVIEST = 1e-3, 1e10
FAR = 1e10
NEARLY = 0.999999
CHECKS = 10
"""So often a round is left where its cost has stopped falling."""
FALLING = 0.9999
BETA_1, BETA_2, ADAM_EPSILON = 0.9, 0.999, 1e-8


@dataclass(frozen=True)
class CarliniWagner:
    """One step of Adam on squared distance plus weighted margin, in the space where all points are within the bounds.

    Attributes:
        check: steps between looks at whether the cost still falls.
    """

    learning_rate: float
    confidence: float
    check: int
    forwards: int = 1
    backwards: int = 1
    kept: tuple[str, ...] = ()

    def step(self, view: View, given: Tree, state: Tree) -> Tree:
        """See `Program.step`."""
        ops, origin, t = keras.ops, given["origin"], state["t"]
        half, squashed = (view.high - view.low) / 2, ops.tanh(state["free"])
        x = view.clipped(view.low + half * (1 + squashed))
        value, gradient, logits = view.gradient(margin, x, given["label"])
        fools = misled(logits, given["label"])
        square = ops.sum((x - origin) ** 2, axis=1)
        distance = ops.sqrt(square)
        nearer = fools & (distance < state["distance"]) & ~state["done"]
        penalty = at_least(self.confidence - value, 0.0, ops)
        pushes = ops.cast(penalty > 0, x.dtype)[:, None]
        slope = (2 * (x - origin) - given["weight"] * pushes * gradient) * half * (1 - squashed * squashed)
        cost = square + given["weight"][:, 0] * penalty
        looks = t % self.check == 0
        stuck = looks & (cost > FALLING * state["last"])
        distance = ops.where(nearer, distance, state["distance"])
        return self._adam(state, slope) | {
            "best": ops.where(nearer[:, None], x, state["best"]),
            "distance": distance,
            "last": ops.where(looks, cost, state["last"]),
            "zero": ops.where(t == 0, vanishes(gradient, ops), state["zero"]),
            "t": t + 1,
            "done": (distance <= given["epsilon"][:, 0]) | stuck | (t + 1 >= given["steps"]),
        }

    def _adam(self, state: Tree, slope: Any) -> Tree:
        ops = keras.ops
        count = ops.cast(state["t"] + 1, slope.dtype)[:, None]
        mean = BETA_1 * state["mean"] + (1 - BETA_1) * slope
        square = BETA_2 * state["square"] + (1 - BETA_2) * slope * slope
        unbiased = mean / (1 - BETA_1**count), square / (1 - BETA_2**count)
        step = self.learning_rate * unbiased[0] / (ops.sqrt(unbiased[1]) + ADAM_EPSILON)
        return {"free": state["free"] - step, "mean": mean, "square": square}


@register_attack("carlini_wagner", norms=NORMS, paper=PAPER, quick={"steps": 40, "rounds": 4, "learning_rate": 0.1})
def carlini_wagner(
    model: Any,
    x: Array,
    y: Array,
    *,
    norm: str,
    epsilon: float | Radii,
    bounds: Bounds,
    steps: int = 1000,
    rounds: int = 9,
    learning_rate: float = 0.01,
    confidence: float = 0.0,
    seed: int = 0,
    batch_size: int = 128,
) -> AttackResult:
    """Attack a classifier by the least L2 perturbation that fools it.

    Args:
        model: a Keras model that gives logits (n, classes); it is run with ``training=False``.
        x: (n, *shape) inputs within `bounds`.
        y: (n,) integer labels.
        norm: ``"l2"``, of a whole sample.
        epsilon: radius of the ball around each sample, in the units of `x`.
        bounds: (low, high) of valid inputs: numbers, or arrays that broadcast against a sample.
        steps: most steps of Adam in each round.
        rounds: weights of the penalty that are tried.
        learning_rate: Adam's.
        confidence: margin of the logits up to which the penalty pushes.
        seed: nothing is random; it is taken and ignored, as every attack takes one.
        batch_size: samples per pass; changes the speed alone.

    Raises:
        ArgumentError: an argument outside what is accepted, inputs outside the bounds, or a model that gives
            probabilities.
        NotApplicableError: the model is not a classifier of one continuous input.
    """
    require_count("steps", steps)
    require_count("rounds", rounds)
    problem = prepare(
        model, x, y, norm=norm, norms=NORMS, epsilon=epsilon, bounds=bounds, seed=seed, batch_size=batch_size
    )
    attempts = Attempts(problem)
    program = CarliniWagner(float(learning_rate), float(confidence), max(1, steps // CHECKS))
    rows = attempts.open()
    weights = np.full(len(rows), FIRST_WEIGHT)
    low, high = np.zeros(len(rows)), np.full(len(rows), HEAVIEST)
    for _ in range(rounds):
        left = ~attempts.fooled[rows]
        rows, weights, low, high = (a[left] for a in (rows, weights, low, high))
        if not len(rows):
            break
        across = _search(program, problem, attempts, rows, weights, steps)
        low, high = np.where(across, low, weights), np.where(across, weights, high)
        weights = np.where(high < HEAVIEST, (low + high) / 2, weights * 10)
    return problem.result(attempts.x, sorted(attempts.flags))


def _search(
    program: CarliniWagner, problem: Problem, attempts: Attempts, rows: Array, weights: Array, steps: int
) -> Array:
    """Run one round on samples of indices (n,); return (n,) whether it crossed the boundary at all."""
    n, x, dtype = len(rows), problem.x[rows], problem.x.dtype
    centred = (2 * x - problem.high - problem.low) / (problem.high - problem.low)
    state = {"free": np.arctanh(centred * NEARLY).astype(dtype), "best": x.copy(), "t": np.zeros(n, np.int32)}
    state |= {"mean": np.zeros_like(x), "square": np.zeros_like(x), "last": np.full(n, np.inf, dtype)}
    state |= {"distance": np.full(n, FAR, dtype)}
    state |= {key: np.zeros(n, bool) for key in ("zero", "done")}
    given = problem.given(rows) | {"weight": weights[:, None].astype(dtype), "steps": np.full(n, steps, np.int32)}
    out = run(problem.network, program, given, state)
    across = out["distance"] < FAR
    moved = problem.within(out["best"], rows)
    attempts.offer(rows, moved, problem.network.logits(moved))
    attempts.flags.update(_checks.vanishing(problem, out["zero"]))
    return np.asarray(across)
