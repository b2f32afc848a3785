"""Projected gradient steps, the loop that PGD and its relatives share.

The papers raise the cross-entropy. Here its log odds stand for it, which rise with it and whose gradient points the
same way, but does not round to 0 where the model is sure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnbench.attacks import _checks, _result
from nnbench.attacks._attempts import Attempts
from nnbench.attacks._lanes import View, run
from nnbench.attacks._norms import NORMS, TINY, at_least, vanishes
from nnbench.attacks._objectives import error_log_odds, misled, reached, target_log_odds, whole
from nnbench.attacks._problem import Problem
from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.runtime.engine import Tree

LOWEST = -1e30


@dataclass(frozen=True)
class Descent:
    """Steps of the same length along the norm's steepest direction, projected back after each.

    Attributes:
        norm: name of the ball's norm.
        early_exit: leave a sample at the first input that fools the model, and spend nothing more on it.
        targeted: lead to the targets.
        momentum: share of the direction so far that stays in it; 0 follows the gradient alone.
    """

    norm: str
    early_exit: bool = True
    targeted: bool = False
    momentum: float = 0.0
    forwards: int = 1
    backwards: int = 1
    kept: tuple[str, ...] = ("x",)

    def step(self, view: View, given: Tree, state: Tree) -> Tree:
        """See `Program.step`."""
        ops, x, goal = keras.ops, state["x"], given["target"]
        objective, met = (target_log_odds, reached) if self.targeted else (error_log_odds, misled)
        value, gradient, logits = view.gradient(objective, x, given["label"], goal)
        finite = whole(logits)
        loss = ops.where(finite, value, ops.full_like(value, LOWEST))
        fools = met(logits, goal if self.targeted else given["label"])
        better = (fools & ~state["fooled"]) | ((fools == state["fooled"]) & (loss > state["loss"]))
        better = better & ~state["done"]
        heading, next_x = self._moved(view, given, state, gradient)
        t, first = state["t"], state["t"] == 0
        leaves = fools if self.early_exit else fools & False
        return {
            "x": next_x,
            "heading": heading,
            "best": ops.where(better[:, None], x, state["best"]),
            "loss": ops.where(better, loss, state["loss"]),
            "fooled": fools | state["fooled"],
            "first": ops.where(fools & (state["first"] < 0), t, state["first"]),
            "zero": ops.where(first, vanishes(gradient, ops) & ~fools, state["zero"]),
            "finite": state["finite"] & finite,
            "t": t + 1,
            "done": leaves | (t + 1 >= given["steps"]),
        }

    def _moved(self, view: View, given: Tree, state: Tree, gradient: Any) -> tuple[Any, Any]:
        ops, norm, x, origin = keras.ops, NORMS[self.norm], state["x"], given["origin"]
        heading, free = state["heading"], gradient
        if self.momentum:
            size = ops.sum(ops.abs(gradient), axis=1, keepdims=True)
            free = heading = self.momentum * heading + gradient / at_least(size, TINY, ops)
        if self.norm == "l1":
            # A coordinate at its bound cannot go further, and would take the step of one that can.
            blocked = ((x >= view.high) & (free > 0)) | ((x <= view.low) & (free < 0))
            free = ops.where(blocked, ops.zeros_like(free), free)
        moved = x + given["length"] * norm.direction(free, ops)
        if self.norm != "linf":
            moved = origin + norm.project(moved - origin, given["epsilon"], ops)
        return heading, ops.minimum(ops.maximum(moved, given["lower"]), given["upper"])


def require_length(step_size: float | None) -> None:
    """Refuse a step length that is not positive and finite.

    Raises:
        ArgumentError: it is neither that nor None.
    """
    if step_size is not None and not (math.isfinite(step_size) and step_size > 0):
        raise ArgumentError(f"step_size must be positive and finite. Received: {step_size}.")


def descend(
    program: Descent, problem: Problem, attempts: Attempts, start: Array, rows: Array, *, steps: int, length: Array
) -> None:
    """Search from `start` (m, d) for the samples of indices (m,) by steps of `length` (m, 1)."""
    n, dtype = len(rows), problem.x.dtype
    given = problem.given(rows)
    given |= {"length": length.astype(dtype), "steps": np.full(n, steps, np.int32)}
    heading = np.zeros_like(start) if program.momentum else np.zeros((n, 1), dtype)
    state = {"x": start.copy(), "best": start.copy(), "heading": heading, "loss": np.full(n, -np.inf, dtype)}
    state |= {key: np.zeros(n, bool) for key in ("fooled", "zero", "done")}
    state |= {"finite": np.ones(n, bool), "t": np.zeros(n, np.int32), "first": np.full(n, -1, np.int32)}
    out = run(problem.network, program, given, state)
    if not out["finite"].all():
        attempts.flags.add(_result.NON_FINITE)
    attempts.take(rows, out["best"], out["fooled"], out["loss"])
    last = np.flatnonzero(~out["fooled"]) if program.early_exit else np.arange(n)
    if len(last):
        fools = attempts.offer(rows[last], out["x"][last], problem.network.logits(out["x"][last]))
        out["first"][last[fools & (out["first"][last] < 0)]] = steps
    attempts.flags.update(_checks.vanishing(problem, out["zero"]), _checks.late(problem, out["first"], steps))
