"""Square, the program: random windows, kept where they raise the margin.

Andriushchenko, Croce, Flammarion & Hein (2020), Square Attack: a query-efficient black-box adversarial attack via
random search, https://arxiv.org/abs/1912.00049, algorithms 1 to 3; L1 as in AutoAttack's code. There all samples of a
batch share a window; here each has its own, so that no sample depends on another.

Most windows are refused, and the next one is then tried on the same input. So several windows are tried at once, each
as if those before it were refused, up to the first that is kept: the search is the same as with one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nnbench.attacks._lanes import View
from nnbench.attacks._norms import at_least, project_l1
from nnbench.attacks._objectives import margin, misled, whole
from nnbench.attacks._windows import Grid, grid_of, pattern
from nnbench.core.dataset import Array
from nnbench.core.lazy import keras
from nnbench.runtime.engine import Tree

INSIDE = 1 - 1e-6
LOWEST = -1e30


@dataclass(frozen=True)
class Square:
    """Windows of one sign under L∞, patterns that take over another window's change under L2 and L1.

    A window's numbers are, under L∞, what it adds along each axis (see `Grid.along`); under L2 and L1 a corner, the
    signs of the channels, the window's side, the other corner, and the variant.

    Attributes:
        forwards: windows of a sample that a step tries at once.
    """

    norm: str
    forwards: int = 1
    backwards: int = 0
    kept: tuple[str, ...] = ()

    @property
    def power(self) -> int:
        """Exponent of the norm; 0 for L∞."""
        return {"linf": 0, "l2": 2, "l1": 1}[self.norm]

    def grid(self, shape: tuple[int, ...]) -> Grid:
        """Return the windows' grid for inputs of a shape."""
        return grid_of(shape, least=3, odd=True) if self.power else grid_of(shape)

    def step(self, view: View, given: Tree, state: Tree) -> Tree:
        """See `Program.step`."""
        ops, tries = keras.ops, self.forwards
        propose = self._with_pattern if self.power else self._with_sign
        tried = propose(view, given, state["best"], view.draws)
        value, fools = judged(view.logits(tried), _repeated(given["label"], tries))
        better = (value > _repeated(state["value"], tries)) | fools
        used = 1
        if tries > 1:
            better, used, at = self._first(given, state, better)
            tried, value, fools = (ops.take(found, at, axis=0) for found in (tried, value, fools))
        kept = better & ~state["done"]
        fooled, t = kept & fools, state["t"] + used
        return {
            "best": ops.where(kept[:, None], tried, state["best"]),
            "value": ops.where(kept, value, state["value"]),
            "fooled": fooled,
            "t": t,
            "done": fooled | (t >= given["steps"]),
        }

    def _first(self, given: Tree, state: Tree, better: Any) -> tuple[Any, Any, Any]:
        """Return of tries (n × tries,) whether one is better, how many come up to the first, and where that is."""
        ops, tries = keras.ops, self.forwards
        numbers, left = ops.arange(tries, dtype="int32"), (given["steps"] - state["t"])[:, None]
        better = ops.reshape(better, (-1, tries)) & (numbers < left)
        found, first = ops.any(better, axis=1), ops.cast(ops.argmax(ops.cast(better, "int32"), axis=1), "int32")
        place = ops.arange(ops.shape(first)[0], dtype="int32") * tries + first
        return found, ops.where(found, first + 1, ops.full_like(first, tries)), place

    def _with_sign(self, view: View, given: Tree, best: Any, drawn: Any) -> Any:
        ops, grid, tries = keras.ops, self.grid(view.shape), self.forwards
        moved, *others = ops.split(drawn, grid.ends, axis=1) if grid.ends else [drawn]
        for along in others:
            # The product over the last axis is the one pass over the input.
            moved = ops.reshape(moved[:, :, None] * along[:, None, :], (-1, moved.shape[1] * along.shape[1]))
        if tries == 1:
            return ops.minimum(ops.maximum(best + moved, given["lower"]), given["upper"])
        moved = best[:, None] + ops.reshape(moved, (-1, tries, best.shape[1]))
        moved = ops.minimum(ops.maximum(moved, given["lower"][:, None]), given["upper"][:, None])
        return ops.reshape(moved, (-1, best.shape[1]))

    def _with_pattern(self, view: View, given: Tree, best: Any, drawn: Any) -> Any:
        ops, grid, power = keras.ops, self.grid(view.shape), self.power
        best, origin, radius = (_repeated(a, self.forwards) for a in (best, given["origin"], given["epsilon"]))
        axes, c = len(grid.sizes), grid.channels
        side = drawn[:, axes + c]
        new_at = drawn[:, :axes]
        new_in = _inside(grid, new_at, side)[:, :, None]
        old_in = _inside(grid, drawn[:, axes + c + 1 : 2 * axes + c + 1], side)[:, :, None]
        delta = ops.reshape(best - origin, (-1, grid.positions, c))

        def size(values: Any, axis: Any) -> Any:
            total = ops.sum(ops.abs(values) ** power, axis=axis, keepdims=True)
            return ops.sqrt(total) if power == 2 else total

        left = at_least(radius[:, :, None] ** power - size(delta, (1, 2)) ** power, 0.0, ops) / c
        budget = left + size(delta * ops.maximum(new_in, old_in), 1) ** power
        budget = ops.sqrt(budget) if power == 2 else budget * c
        shape = self._pattern(grid, new_at, side, drawn[:, -1]) * drawn[:, None, axes : axes + c]
        window = new_in * (shape + delta / (1e-12 + size(delta * new_in, 1)))
        window = window / (1e-12 + size(window, 1)) * budget
        delta = window + (1 - new_in) * (1 - old_in) * delta
        delta = ops.reshape(delta, (-1, best.shape[1]))
        if power == 1:
            room = ops.where(delta > 0, view.high - origin, origin - view.low)
            return view.clipped(origin + project_l1(delta, radius * INSIDE, room, ops))
        return view.clipped(origin + delta / (1e-12 + ops.sqrt(ops.sum(delta * delta, axis=1, keepdims=True))) * radius)

    def _pattern(self, grid: Grid, corner: Any, side: Any, variant: Any) -> Any:
        """Return each sample's pattern (n, positions, 1) where its window is, and anything elsewhere."""
        ops, axes, coordinates = keras.ops, len(grid.sizes), grid.coordinates()
        table, widest = _table(grid, self.power)
        index = ops.cast(side * axes + variant, "int32")[:, None]
        for axis in range(axes):
            local = ops.cast(coordinates[axis][None], "int32") - ops.cast(corner[:, axis : axis + 1], "int32")
            index = index * widest + ops.clip(local, 0, widest - 1)
        return ops.take(ops.cast(table, side.dtype), index, axis=0)[:, :, None]


def judged(logits: Any, labels: Any) -> tuple[Any, Any]:
    """Return the margin (n,), lowest where logits are not finite, and (n,) whether the model is fooled."""
    value = margin(logits, labels)
    return keras.ops.where(whole(logits), value, keras.ops.full_like(value, LOWEST)), misled(logits, labels)


def _repeated(values: Any, times: int) -> Any:
    return values if times == 1 else keras.ops.repeat(values, times, axis=0)


def _inside(grid: Grid, corner: Any, side: Any) -> Any:
    """Return 1 for positions (n, positions) in windows of corners (n, axes) and sides (n,), and 0 elsewhere."""
    ops, inside = keras.ops, keras.ops.ones_like(side)[:, None]
    for axis, size in enumerate(grid.sizes):
        at = ops.arange(size, dtype=side.dtype)[None] - corner[:, axis : axis + 1]
        within = ops.cast((at >= 0) & (at < side[:, None]), side.dtype)
        # Along each axis by itself, then all together: the product is the one pass over the input.
        inside = ops.reshape(inside[:, :, None] * within[:, None, :], (-1, inside.shape[1] * size))
    return inside


def _table(grid: Grid, power: int) -> tuple[Array, int]:
    """Return the patterns of all sides and variants, flat, each in a box of the widest side, and that side."""
    axes = len(grid.sizes)
    sides = sorted(set(grid.sides(np.arange(10_000)).tolist()))
    widest = sides[-1]
    table = np.zeros((widest + 1, axes, *(widest,) * axes), np.float32)
    for side in sides:
        for variant in range(axes):
            table[(side, variant, *(slice(side),) * axes)] = pattern(side, axes, variant, power)
    return table.reshape(-1), widest
