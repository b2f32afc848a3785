"""Windows of an input and patterns in them, for Square on inputs of any rank.

An input is a grid of positions with channels: an image (height, width, channels), a signal (length, channels), a table
(features,) with one channel.
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass

import numpy as np

from nnbench.core.dataset import Array

SHRINKING = (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000)
"""Queries after which the window's share of the input halves: the paper's, for its 10,000 queries. Like AutoAttack, and
unlike the Square Attack by itself, fewer queries do not hasten it."""
INITIAL_SHARE = 0.8
TILES = 5


@dataclass(frozen=True)
class Grid:
    """Positions and channels of one input.

    Attributes:
        sizes: positions along each axis.
        channels: values at a position.
        least: smallest side of a window, unless an axis is shorter.
        odd: whether sides are odd.
    """

    sizes: tuple[int, ...]
    channels: int
    least: int = 1
    odd: bool = False

    @property
    def positions(self) -> int:
        """Number of positions."""
        return math.prod(self.sizes)

    def sides(self, t: Array) -> Array:
        """Return the side (…) of the window at queries `t` (…)."""
        share = INITIAL_SHARE / 2.0 ** np.searchsorted(SHRINKING, t)
        side = np.rint((share * self.positions) ** (1 / len(self.sizes))).astype(int)
        side = np.maximum(side, self.least)
        side += (side % 2 == 0) if self.odd else 0
        return np.asarray(np.minimum(side, min(self.sizes)))

    def coordinates(self) -> Array:
        """Return where each position is: (axes, positions)."""
        return np.stack([axis.reshape(-1) for axis in np.indices(self.sizes)]).astype(np.int32)

    def corners(self, uniform: Array, side: Array) -> Array:
        """Return the lowest corners (…, axes) of windows, for numbers in (0, 1) (…, axes) and sides (…)."""
        return np.asarray(np.floor(uniform * (np.array(self.sizes) - side[..., None])))

    @property
    def ends(self) -> list[int]:
        """Where the numbers of one axis end and those of the next begin, in what `along` gives."""
        return list(itertools.accumulate(self.sizes))[:-1]

    def along(self, corners: Array, side: Array, change: Array) -> Array:
        """Return factors along each axis, whose outer product is a change within windows and 0 outside.

        Args:
            corners, side, change: (…, axes), (…) and (…, channels).

        Returns:
            (…, sizes of the axes, the last times the channels), one axis after the other.
        """
        inside = []
        for axis, size in enumerate(self.sizes):
            at = np.arange(size) - corners[..., axis, None]
            inside.append((at >= 0) & (at < side[..., None]))
        last = inside.pop()[..., None] * change[..., None, :]
        return np.concatenate([*inside, last.reshape(*last.shape[:-2], -1)], axis=-1)

    def tiles(self) -> tuple[int, list[tuple[int, ...]]]:
        """Return the side and the corners of the tiles of the start, five along an axis."""
        side = max(1, min(self.sizes) // TILES)
        starts = [range((n - n // side * side) // 2, n - side + 1, side) for n in self.sizes]
        return side, list(itertools.product(*starts))


def grid_of(shape: tuple[int, ...], **options: int | bool) -> Grid:
    """Return the grid of inputs of a shape; the last of several axes holds channels."""
    return Grid(shape[:-1] or shape, shape[-1] if len(shape) > 1 else 1, **options)  # type: ignore[arg-type]


@functools.cache
def pattern(side: int, axes: int, variant: int, power: int) -> Array:
    """Return a window of values (side, …) of norm 1: two bumps of opposite sign, side by side along axis `variant`.

    The bumps are the sums of nested boxes of the Square Attack's section 3.3; `power` is 2 under L2 and 1 under L1.
    """
    half = side // 2
    rest = (side,) * (axes - 1)
    halves = [sign * _bump((n, *rest), power) for n, sign in ((half, 1), (side - half, -1)) if n]
    window = np.concatenate(halves, axis=0)
    return np.asarray(np.swapaxes(window / _norm(window, power), 0, variant))


def _bump(sizes: tuple[int, ...], power: int) -> Array:
    values, centre = np.zeros(sizes), [n // 2 for n in sizes]
    for k in range(max(centre) + 1):
        box = tuple(slice(max(c - k, 0), min(c + k + 1, n)) for c, n in zip(centre, sizes, strict=True))
        # Under L1 the bumps are more pointed.
        values[box] += 1 / (k + 1) ** (2 if power == 2 else 4)
    return values / _norm(values, power)


def _norm(values: Array, power: int) -> float:
    return float((np.abs(values) ** power).sum() ** (1 / power))
