"""Auto-PGD, the program that APGD-CE, APGD-DLR and APGD-T share.

Croce & Hein (2020), Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks,
https://arxiv.org/abs/2003.01690, algorithm 1. For L1: Croce & Hein (2021), Mind the box: l1-APGD for sparse adversarial
attacks on image classifiers, https://arxiv.org/abs/2103.01208. Constants, and what the papers leave open, are those of
the authors' code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nnbench.attacks import _objectives
from nnbench.attacks._lanes import View
from nnbench.attacks._norms import NORMS, project_l1, vanishes
from nnbench.attacks._rows import where_any
from nnbench.core.lazy import keras
from nnbench.runtime.engine import Tree

MOMENTUM = 0.75
RHO = 0.75
FIRST_CHECK, LEAST_CHECK, CHECK_DECREASE = 0.22, 0.06, 0.03
SPARSE_CHECK = 0.04
SPARSE_SHRINK, SPARSE_SMALLEST, SPARSER = 1.5, 10.0, 0.95
FIRST_DENSITY = 0.2
LOWEST = -1e30


@dataclass(frozen=True)
class AutoPGD:
    """Momentum steps whose length is halved where the loss stops rising, from the best point so far.

    Attributes:
        norm: name of the ball's norm.
        objective: name of the function in `_objectives` that rises.
        floor: what the loss after the first step is compared with; the authors' code leaves it at 0.
        expectation: passes that each gradient is the mean of, for randomised models.
        early_exit: leave a sample at the first input that fools the model.
    """

    norm: str
    objective: str
    floor: float = 0.0
    expectation: int = 1
    early_exit: bool = True
    kept: tuple[str, ...] = ()

    @property
    def forwards(self) -> int:
        """Passes of a step."""
        return self.expectation

    backwards = forwards

    def step(self, view: View, given: Tree, state: Tree) -> Tree:
        """See `Program.step`."""
        ops = keras.ops
        loss, gradient, fools = self._evaluated(view, given, state["x"])
        first = state["t"] == 0
        better = (first | (loss > state["loss"])) & ~state["done"]
        best = {
            "best": ops.where(better[:, None], state["x"], state["best"]),
            "best_gradient": ops.where(better[:, None], gradient, state["best_gradient"]),
            "loss": ops.where(better, loss, state["loss"]),
            "rising": state["rising"] + ops.cast(loss > state["previous"], "int32"),
            "previous": ops.where(first, ops.full_like(loss, self.floor), loss),
        }
        now = {**state, **best, "gradient": gradient}
        now["rising"] = ops.where(first, ops.zeros_like(now["rising"]), now["rising"])
        now["last_best"] = ops.where(first, loss, state["last_best"])
        now |= (self._sparse_checked if self.norm == "l1" else self._checked)(given, now, ~first)
        moved = self._moved(view, given, now, first)
        ends = state["t"] >= given["steps"]
        leaves = fools if self.early_exit else fools & False
        now |= {
            "before": now["x"],
            "x": where_any(leaves | ends | state["done"], lambda: state["x"], moved),
            "zero": where_any(first, lambda: vanishes(gradient, ops) & ~fools, state["zero"]),
            "fooled": fools | state["fooled"],
            "when": ops.where(fools & (state["when"] < 0), state["t"], state["when"]),
            "t": state["t"] + 1,
            "done": leaves | ends,
        }
        del now["gradient"]
        return now

    def _evaluated(self, view: View, given: Tree, x: Any) -> tuple[Any, Any, Any]:
        """Return the loss (n,), its gradient (n, d), and (n,) whether the model is fooled."""
        objective: Callable[..., Any] = getattr(_objectives, self.objective)
        ops, k = keras.ops, self.expectation
        x, label, target = (ops.repeat(a, k, axis=0) if k > 1 else a for a in (x, given["label"], given["target"]))
        loss, gradient, logits = view.gradient(objective, x, label, target)
        fools = _objectives.misled(logits, label)
        loss = ops.where(_objectives.whole(logits), loss, ops.full_like(loss, LOWEST))
        if k > 1:
            gradient = ops.mean(ops.reshape(gradient, (-1, k, gradient.shape[1])), axis=1)
            loss, fools = (ops.reshape(a, (-1, k))[:, -1] for a in (loss, fools))
        return loss, gradient, fools

    def _checked(self, given: Tree, now: Tree, counts: Any) -> Tree:
        """Halve the step, and go back to the best point, where a window of steps brought too little."""
        ops = keras.ops
        counted = now["counted"] + ops.cast(counts, "int32")
        check = counts & (counted == now["window"])
        window = ops.cast(now["window"], now["loss"].dtype)
        oscillates = ops.cast(now["rising"], window.dtype) <= RHO * window
        stalls = ~now["reduced"] & (now["last_best"] >= now["loss"])
        halves = check & (oscillates | stalls)
        zero = ops.zeros_like(counted)
        return {
            "x": where_any(halves, lambda: now["best"], now["x"]),
            "gradient": where_any(halves, lambda: now["best_gradient"], now["gradient"]),
            "length": ops.where(halves[:, None], now["length"] / 2, now["length"]),
            "reduced": ops.where(check, oscillates | stalls, now["reduced"]),
            "last_best": ops.where(check, now["loss"], now["last_best"]),
            "window": ops.where(check, ops.maximum(now["window"] - given["decrease"], given["least"]), now["window"]),
            "counted": ops.where(check, zero, counted),
            "rising": ops.where(check, zero, now["rising"]),
        }

    def _sparse_checked(self, given: Tree, now: Tree, counts: Any) -> Tree:
        """Start anew from the best point where the perturbation became sparser; otherwise shorten the step."""
        ops = keras.ops
        counted = now["counted"] + ops.cast(counts, "int32")
        check = counts & (counted == now["window"])
        changed = ops.cast(now["best"] != given["origin"], now["loss"].dtype)
        count = ops.sum(changed, axis=1)
        sparser = check & (count < SPARSER * now["support"])
        length, longest = now["length"], given["radius"]
        shorter = ops.maximum(length / SPARSE_SHRINK, longest / SPARSE_SMALLEST)
        back = sparser[:, None]
        return {
            "x": ops.where(back, now["best"], now["x"]),
            "gradient": ops.where(back, now["best_gradient"], now["gradient"]),
            "length": ops.where(back, longest, ops.where(check[:, None], shorter, length)),
            "density": ops.where(check, count / changed.shape[1] / 1.5, now["density"]),
            "support": ops.where(check, count, now["support"]),
            "counted": ops.where(check, ops.zeros_like(counted), counted),
        }

    def _moved(self, view: View, given: Tree, now: Tree, first: Any) -> Any:
        ops, norm, x, origin, radius = keras.ops, NORMS[self.norm], now["x"], given["origin"], given["radius"]
        if self.norm == "l1":
            delta = x + now["length"] * self._sparse_signs(now) - origin
            room = ops.where(delta > 0, view.high - origin, origin - view.low)
            return view.clipped(origin + project_l1(delta, radius, room, ops))

        def within(point: Any) -> Any:
            if self.norm != "linf":
                point = origin + norm.project(point - origin, radius, ops)
            return ops.minimum(ops.maximum(point, given["lower"]), given["upper"])

        step = within(x + now["length"] * norm.steepest(now["gradient"], ops))
        share = 1 - (1 - MOMENTUM) * ops.cast(~first, x.dtype)[:, None]
        # The mean of the step and of one that goes on as the last one did.
        return within(share * step + (1 - share) * (2 * x - now["before"]))

    def _sparse_signs(self, now: Tree) -> Any:
        """Return the signs (n, d) of the greatest entries of the gradient, as many as the density says, of norm 1."""
        ops, gradient = keras.ops, now["gradient"]
        size, d = ops.abs(gradient), gradient.shape[1]
        rank = ops.clip(ops.cast((1 - now["density"]) * d, "int32"), 0, d - 1)
        threshold = ops.take_along_axis(ops.sort(size, axis=1), rank[:, None], axis=1)
        signs = ops.where(size >= threshold, ops.sign(gradient), ops.zeros_like(gradient))
        return signs / (ops.sum(ops.abs(signs), axis=1, keepdims=True) + 1e-10)
