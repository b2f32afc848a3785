"""Running Square on samples: starts, random numbers, and how many windows are tried at once.

Andriushchenko, Croce, Flammarion & Hein (2020), Square Attack: a query-efficient black-box adversarial attack via
random search, https://arxiv.org/abs/1912.00049.
"""

from __future__ import annotations

import numpy as np

from nnbench.attacks._attempts import Attempts
from nnbench.attacks._lanes import Draws, run
from nnbench.attacks._network import Network
from nnbench.attacks._norms import project_l1
from nnbench.attacks._problem import Problem
from nnbench.attacks._square import INSIDE, Square, judged
from nnbench.attacks._windows import Grid, pattern
from nnbench.core.dataset import Array
from nnbench.core.lazy import keras
from nnbench.runtime.engine import engine

FULL, MOST_TRIES = 128, 16
"""Inputs of a pass up to which one more costs little, and most windows of a sample among them."""


def search(problem: Problem, attempts: Attempts, *, queries: int) -> None:
    """Try as many windows on the samples that nothing has fooled."""
    rows = attempts.open()
    if not len(rows):
        return
    tries = _tries(problem.network, len(rows))
    program = Square(problem.norm_name, tries)
    grid = program.grid(problem.shape)
    start = _start(problem, rows, grid, program.power)
    value, fooled = map(keras.ops.convert_to_numpy, judged(problem.network.logits(start), problem.y[rows]))
    state = {"best": start, "value": value, "fooled": fooled, "done": fooled, "t": np.zeros(len(rows), np.int32)}
    given = problem.given(rows) | {"steps": np.full(len(rows), queries, np.int32)}
    of_windows = _patterns if program.power else _squares

    def numbers(chosen: Array, t: Array, length: int) -> Array:
        return of_windows(problem, grid, rows[chosen], t, length)

    out = run(problem.network, program, given, state, draws=Draws(numbers, tries))
    attempts.offer(rows, out["best"], problem.network.logits(out["best"]))


def _tries(network: Network, n: int) -> int:
    """Return how many windows to try at once on each of n samples: many where they alone would not fill a batch."""
    size = n if engine().any_batch else network.bucket(n)
    return min(MOST_TRIES, max(1, min(FULL, network.batch_size) // size))


def _squares(problem: Problem, grid: Grid, rows: Array, t: Array, length: int) -> Array:
    axes = len(grid.sizes)
    uniform = problem.noise.series(problem.samples[rows], t, length, axes + grid.channels)
    side = grid.sides(t[:, None] + np.arange(length))
    change = 2 * problem.epsilon[rows][:, None] * np.sign(uniform[..., axes:] - 0.5)
    return grid.along(grid.corners(uniform[..., :axes], side), side, change)


def _patterns(problem: Problem, grid: Grid, rows: Array, t: Array, length: int) -> Array:
    axes, c = len(grid.sizes), grid.channels
    uniform = problem.noise.series(problem.samples[rows], t, length, 2 * axes + 1 + c)
    side = grid.sides(t[:, None] + np.arange(length))
    corners = [grid.corners(uniform[..., at : at + axes], side) for at in (0, axes + c)]
    signs, variant = np.sign(uniform[..., axes : axes + c] - 0.5), np.floor(uniform[..., -1:] * axes)
    return np.concatenate([corners[0], signs, side[..., None], corners[1], variant], axis=-1)


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
