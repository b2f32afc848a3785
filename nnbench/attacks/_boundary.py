"""FAB, the program that its two versions share.

Croce & Hein (2020), Minimally distorted adversarial examples with a fast adaptive boundary attack,
https://arxiv.org/abs/1907.02044, algorithm 1, with the constants of AutoAttack.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nnbench.attacks import _checks
from nnbench.attacks._attempts import Attempts
from nnbench.attacks._auto_pgd_run import few_targets
from nnbench.attacks._hyperplane import step_to_hyperplane
from nnbench.attacks._lanes import View, run
from nnbench.attacks._norms import NORMS, Norm, at_least, vanishes
from nnbench.attacks._objectives import misled, target_difference
from nnbench.attacks._problem import Problem
from nnbench.attacks._rows import where_any
from nnbench.attacks._waves import Wave, waves
from nnbench.core.dataset import Array
from nnbench.core.lazy import keras
from nnbench.runtime.engine import Tree

ALPHA_MAX = 0.1
ETA = 1.05
BETA = 0.9
FAR = 1e10


@dataclass(frozen=True)
class Boundary:
    """Steps to the nearest linearised decision boundary, drawn towards the sample, and back from it when across.

    A sample is done when it is fooled within its ball; the search for a still nearer point is left out.

    Attributes:
        norm: name of the norm.
        classes: number of wrong classes whose boundaries are looked at in each step; 0 aims at the target alone.
    """

    norm: str
    classes: int = 0
    kept: tuple[str, ...] = ()

    @property
    def forwards(self) -> int:
        """Passes of a step: one for each boundary, and one where the step ends."""
        return max(1, self.classes) + 1

    @property
    def backwards(self) -> int:
        """Gradients of a step: one for each boundary."""
        return max(1, self.classes)

    def step(self, view: View, given: Tree, state: Tree) -> Tree:
        """See `Program.step`."""
        ops, norm, x, origin = keras.ops, NORMS[self.norm], state["x"], given["origin"]
        value, gradient = nearest_boundary(view, given, x, norm, self.classes)
        back = origin - x
        drift = ops.sum(gradient * back, axis=1)
        to_x = step_to_hyperplane(self.norm, x, gradient, value, view.low, view.high)
        to_origin = step_to_hyperplane(self.norm, origin, gradient, value + drift, view.low, view.high)
        far_x, far_origin = (at_least(norm.size(d, ops), 1e-8, ops)[:, None] for d in (to_x, to_origin))
        share = ops.minimum(far_x / (far_x + far_origin), ALPHA_MAX)
        moved = view.clipped(x + share * back + ETA * (1 - share) * to_x + ETA * share * to_origin)
        fools = misled(view.logits(moved), given["label"])
        distance = norm.size(moved - origin, ops)
        nearer = fools & (distance < state["distance"]) & ~state["done"]
        distance = ops.where(nearer, distance, state["distance"])
        first = state["t"] == 0
        return {
            "x": where_any(fools, lambda: origin + (moved - origin) * BETA, moved),
            "best": where_any(nearer, lambda: moved, state["best"]),
            "distance": distance,
            "fooled": distance <= given["epsilon"][:, 0],
            "zero": where_any(first, lambda: vanishes(gradient, ops), state["zero"]),
            "t": state["t"] + 1,
            "done": (distance <= given["epsilon"][:, 0]) | (state["t"] + 1 >= given["steps"]),
        }


def nearest_boundary(view: View, given: Tree, x: Any, norm: Norm, classes: int) -> tuple[Any, Any]:
    """Return z_t − z_y (n,) and its gradient (n, d), for the class of nearest linearised boundary, or the target."""
    ops = keras.ops
    if not classes:
        value, gradient, _ = view.gradient(target_difference, x, given["label"], given["target"])
        return value, gradient
    many, labels = ops.repeat(x, classes, axis=0), ops.repeat(given["label"], classes, axis=0)
    value, gradient, _ = view.gradient(target_difference, many, labels, ops.reshape(given["rivals"], (-1,)))
    distance = ops.abs(value) / (norm.dual(gradient, ops) + 1e-12)
    nearest = ops.one_hot(ops.argmin(ops.reshape(distance, (-1, classes)), axis=1), classes, dtype=x.dtype)
    gradient = ops.reshape(gradient, (-1, classes, x.shape[1]))
    value = ops.sum(ops.reshape(value, (-1, classes)) * nearest, axis=1)
    return value, ops.sum(gradient * nearest[:, :, None], axis=1)


def untargeted(problem: Problem, attempts: Attempts, *, steps: int, restarts: int) -> None:
    """Search for the nearest boundary of any wrong class, from the sample itself and then from random starts."""
    rivals = problem.rivals()
    program = Boundary(problem.norm_name, rivals.shape[1])
    for wave in waves(attempts, restarts, problem.network.batch_size // rivals.shape[1]):
        _search(program, problem, attempts, wave, steps, wave.runs, {"rivals": rivals[wave.rows]})


def targeted(problem: Problem, attempts: Attempts, *, steps: int, restarts: int, targets: int) -> tuple[str, ...]:
    """Search for the boundary of each of the most likely wrong classes; return what was done differently."""
    program = Boundary(problem.norm_name)
    rivals = problem.rivals()[:, :targets].repeat(restarts, axis=1)
    for wave in waves(attempts, rivals.shape[1], problem.network.batch_size):
        draws = np.where(wave.runs % restarts == 0, 0, wave.runs)
        _search(program, problem, attempts, wave, steps, draws, {"target": rivals[wave.rows, wave.runs]})
    return few_targets(problem, targets)


def _search(
    program: Boundary,
    problem: Problem,
    attempts: Attempts,
    wave: Wave,
    steps: int,
    draws: Array,
    aims: dict[str, Array],
) -> None:
    """Begin at the samples themselves where the draw (m,) is 0, and at random points elsewhere."""
    rows, n, dtype = wave.rows, len(wave.rows), problem.x.dtype
    x, moved = problem.x[rows].copy(), draws > 0
    x[moved] = _random_start(problem, rows[moved], draws[moved])
    state = {"x": x, "best": problem.x[rows].copy(), "distance": np.full(n, FAR, dtype)}
    state |= {key: np.zeros(n, bool) for key in ("fooled", "zero", "done")} | {"t": np.zeros(n, np.int32)}
    given = problem.given(rows) | aims | {"steps": np.full(n, steps, np.int32)}
    out = run(problem.network, program, given, state, owners=rows)
    for lanes in wave.counting(out["fooled"]):
        within = lanes[out["fooled"][lanes]]
        if len(within):
            attempts.offer(rows[within], out["best"][within], problem.network.logits(out["best"][within]))
        attempts.flags.update(_checks.vanishing(problem, out["zero"][lanes]))


def _random_start(problem: Problem, rows: Array, draw: Array) -> Array:
    """Return random points (n, d) half a radius away, clipped to the bounds."""
    samples, d, cube = problem.samples[rows], problem.x.shape[1], problem.norm_name == "linf"
    noise, origin = problem.noise, problem.x[rows]
    direction = 2 * noise.uniform(samples, draw, d) - 1 if cube else noise.normal(samples, draw, d)
    moved = origin + 0.5 * problem.epsilon[rows] * direction / problem.norm.size(direction)[:, None]
    return problem.clipped(moved)
