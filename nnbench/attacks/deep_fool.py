"""DeepFool: steps to the nearest linearised decision boundary until one is crossed.

Moosavi-Dezfooli, Fawzi & Frossard (2016), DeepFool: a simple and accurate method to fool deep neural networks,
https://arxiv.org/abs/1511.04599, algorithm 2 and section 3.3, with the authors' overshoot of .02, 50 steps and 10
classes. It looks for a small perturbation and knows no radius; here a sample is fooled where what it finds lies in the
ball, or still fools when drawn back to it. Inputs are clipped to the bounds in each step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nnbench.attacks import _checks
from nnbench.attacks._attempts import Attempts
from nnbench.attacks._boundary import nearest_boundary
from nnbench.attacks._lanes import View, run
from nnbench.attacks._norms import NORMS as BALLS
from nnbench.attacks._norms import at_least, vanishes
from nnbench.attacks._objectives import misled
from nnbench.attacks._prepare import prepare
from nnbench.attacks._problem import Bounds, Radii
from nnbench.attacks._result import AttackResult
from nnbench.attacks._scatter import require_count
from nnbench.core.dataset import Array
from nnbench.core.lazy import keras
from nnbench.core.paper import Paper
from nnbench.core.robustness import register_attack
from nnbench.runtime.engine import Tree

NORMS = ("linf", "l2")

PAPER = Paper(
    "DeepFool: a simple and accurate method to fool deep neural networks",
    "Moosavi-Dezfooli, Fawzi & Frossard",
    2016,
    "https://arxiv.org/abs/1511.04599",
)


RIVALS = 9
FURTHER = 1e-4


@dataclass(frozen=True)
class DeepFool:
    """One step to the nearest boundary among those of `classes` wrong classes."""

    norm: str
    classes: int
    overshoot: float
    kept: tuple[str, ...] = ("x",)

    @property
    def forwards(self) -> int:
        """Passes of a step: one for each boundary, and one where the step ends."""
        return self.classes + 1

    @property
    def backwards(self) -> int:
        """Gradients of a step: one for each boundary."""
        return self.classes

    def step(self, view: View, given: Tree, state: Tree) -> Tree:
        """See `Program.step`."""
        ops, norm = keras.ops, BALLS[self.norm]
        value, gradient = nearest_boundary(view, given, state["x"], norm, self.classes)
        length = (ops.abs(value) + FURTHER) / at_least(norm.dual(gradient, ops), 1e-12, ops)
        total = state["total"] + length[:, None] * norm.steepest(gradient, ops)
        x = view.clipped(given["origin"] + (1 + self.overshoot) * total)
        return {
            "x": x,
            "total": total,
            "zero": ops.where(state["t"] == 0, vanishes(gradient, ops), state["zero"]),
            "t": state["t"] + 1,
            "done": misled(view.logits(x), given["label"]) | (state["t"] + 1 >= given["steps"]),
        }


@register_attack("deepfool", norms=NORMS, paper=PAPER)
def deepfool(
    model: Any,
    x: Array,
    y: Array,
    *,
    norm: str,
    epsilon: float | Radii,
    bounds: Bounds,
    steps: int = 50,
    overshoot: float = 0.02,
    seed: int = 0,
    batch_size: int = 128,
) -> AttackResult:
    """Attack a classifier by steps to the nearest decision boundary, without turning back.

    Args:
        model: a Keras model that gives logits (n, classes); it is run with ``training=False``.
        x: (n, *shape) inputs within `bounds`.
        y: (n,) integer labels.
        norm: ``"linf"`` or ``"l2"``, of a whole sample.
        epsilon: radius of the ball around each sample, in the units of `x`.
        bounds: (low, high) of valid inputs: numbers, or arrays that broadcast against a sample.
        steps: most steps.
        overshoot: by how much of itself the perturbation is lengthened to cross the boundary.
        seed: nothing is random; it is taken and ignored, as every attack takes one.
        batch_size: samples per pass; changes the speed alone.

    Raises:
        ArgumentError: an argument outside what is accepted, inputs outside the bounds, or a model that gives
            probabilities.
        NotApplicableError: the model is not a classifier of one continuous input.
    """
    require_count("steps", steps)
    problem = prepare(
        model, x, y, norm=norm, norms=NORMS, epsilon=epsilon, bounds=bounds, seed=seed, batch_size=batch_size
    )
    attempts, rows = Attempts(problem), np.flatnonzero(problem.attacked)
    if len(rows):
        rivals = problem.rivals()[rows, :RIVALS]
        program = DeepFool(norm, rivals.shape[1], float(overshoot))
        n, given = len(rows), problem.given(rows) | {"rivals": rivals, "steps": np.full(len(rows), steps, np.int32)}
        state = {"x": problem.x[rows].copy(), "total": np.zeros_like(problem.x[rows]), "t": np.zeros(n, np.int32)}
        state |= {"zero": np.zeros(n, bool), "done": np.zeros(n, bool)}
        out = run(problem.network, program, given, state)
        moved = problem.within(out["x"], rows)
        attempts.offer(rows, moved, problem.network.logits(moved))
        attempts.flags.update(_checks.vanishing(problem, out["zero"]))
    return problem.result(attempts.x, sorted(attempts.flags))
