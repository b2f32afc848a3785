"""Square, the program: random windows, kept where they raise the margin.

Andriushchenko, Croce, Flammarion & Hein (2020), Square Attack: a query-efficient black-box adversarial attack via
random search, https://arxiv.org/abs/1912.00049, algorithms 1 to 3; L1 as in AutoAttack's code. There all samples of a
batch share a window; here each has its own, so that no sample depends on another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nnbench.attacks._attempts import Attempts
from nnbench.attacks._lanes import View, run
from nnbench.attacks._norms import at_least, project_l1
from nnbench.attacks._objectives import margin, misled, whole
from nnbench.attacks._problem import Problem
from nnbench.attacks._windows import Grid, grid_of, pattern
from nnbench.core.dataset import Array
from nnbench.core.lazy import keras
from nnbench.runtime.engine import Tree

INSIDE = 1 - 1e-6
LOWEST = -1e30


@dataclass(frozen=True)
class Square:
    """One window a step: of one sign under L∞, a pattern that takes over another window's change under L2 and L1.

    Random numbers of a step: corner, signs of the channels, and the window's side; then for patterns the other corner
    and the variant.
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
        ops, tried = keras.ops, state["tried"]
        logits = view.logits(tried)
        value = margin(logits, given["label"])
        value = ops.where(whole(logits), value, ops.full_like(value, LOWEST))
        fools = misled(logits, given["label"])
        better = ((state["t"] == 0) | (value > state["value"]) | fools) & ~state["done"]
        best = ops.where(better[:, None], tried, state["best"])
        grid = self.grid(view.shape)
        propose = self._with_pattern if self.power else self._with_sign
        return {
            "best": best,
            "value": ops.where(better, value, state["value"]),
            "tried": propose(view, given, best, grid),
            "fooled": fools,
            "t": state["t"] + 1,
            "done": fools | (state["t"] >= given["steps"]),
        }

    def _with_sign(self, view: View, given: Tree, best: Any, grid: Grid) -> Any:
        ops, axes, drawn = keras.ops, len(grid.sizes), view.draws
        inside = _inside(grid, drawn[:, :axes], drawn[:, axes + grid.channels])
        change = 2 * given["epsilon"] * drawn[:, axes : axes + grid.channels]
        moved = best + ops.reshape(inside[:, :, None] * change[:, None, :], (-1, best.shape[1]))
        return ops.minimum(ops.maximum(moved, given["lower"]), given["upper"])

    def _with_pattern(self, view: View, given: Tree, best: Any, grid: Grid) -> Any:
        ops, axes, c, power = keras.ops, len(grid.sizes), grid.channels, self.power
        origin, radius, drawn = given["origin"], given["epsilon"], view.draws
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


def search(problem: Problem, attempts: Attempts, *, queries: int) -> None:
    """Try as many windows on the samples that nothing has fooled."""
    rows = attempts.open()
    if not len(rows):
        return
    program = Square(problem.norm_name)
    grid = program.grid(problem.shape)
    n, dtype, start = len(rows), problem.x.dtype, _start(problem, rows, grid, program.power)
    state = {"best": start.copy(), "tried": start, "value": np.full(n, -np.inf, dtype), "t": np.zeros(n, np.int32)}
    state |= {"fooled": np.zeros(n, bool), "done": np.zeros(n, bool)}
    given = problem.given(rows) | {"steps": np.full(n, queries, np.int32)}
    samples = problem.samples[rows]

    def draws(chosen: Array, t: Array, length: int) -> Array:
        return _draws(problem, grid, samples[chosen], t, length, patterns=program.power > 0)

    out = run(problem.network, program, given, state, draws)
    attempts.offer(rows, out["best"], problem.network.logits(out["best"]))


def _draws(problem: Problem, grid: Grid, samples: Array, t: Array, length: int, *, patterns: bool) -> Array:
    axes, c = len(grid.sizes), grid.channels
    uniform = problem.noise.series(samples, t, length, (2 * axes + 1 if patterns else axes) + c)
    side = grid.sides(t[:, None] + np.arange(length))
    parts = [grid.corners(uniform[..., :axes], side), np.sign(uniform[..., axes : axes + c] - 0.5), side[..., None]]
    if patterns:
        parts.append(grid.corners(uniform[..., axes + c : 2 * axes + c], side))
        parts.append(np.floor(uniform[..., -1:] * axes))
    return np.concatenate(parts, axis=-1)


def _start(problem: Problem, rows: Array, grid: Grid, power: int) -> Array:
    """Return where the search begins (n, d): stripes along the first axis under L∞, tiles of patterns otherwise."""
    origin, radius, samples = problem.x[rows], problem.epsilon[rows], problem.samples[rows]
    n, d, c = len(rows), origin.shape[1], grid.channels
    if not power:
        first = grid.sizes[0] if len(grid.sizes) > 1 else 1
        signs = np.sign(problem.noise.uniform(samples, 0, d // first) - 0.5)
        moved = origin + radius * np.tile(signs, (1, first))
        return problem.clipped(moved)
    side, corners = grid.tiles()
    axes, uniform = len(grid.sizes), problem.noise.uniform(samples, 0, len(corners) * (c + 1))
    uniform = uniform.reshape(n, len(corners), c + 1)
    delta = np.zeros((n, *grid.sizes, c))
    choices = np.stack([pattern(side, axes, variant, power) for variant in range(axes)])
    for k, corner in enumerate(corners):
        window = choices[np.floor(uniform[:, k, -1] * axes).astype(int)][..., None]
        signs = np.sign(uniform[:, k, :-1] - 0.5).reshape(n, *(1,) * axes, c)
        delta[(slice(None), *(slice(at, at + side) for at in corner))] = window * signs
    delta = delta.reshape(n, d)
    if power == 1:
        room = np.where(delta > 0, problem.high - origin, origin - problem.low)
        moved = origin + project_l1(delta, radius * INSIDE, room)
    else:
        moved = origin + radius * delta / np.linalg.norm(delta, axis=1, keepdims=True)
    return problem.clipped(moved)
