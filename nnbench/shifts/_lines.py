"""Lines drawn over images, as MNIST-C draws them.

Everything is computed in the paper's coordinates, 0 to 27 along either axis, whatever the size of the image.
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise

import numpy as np

from nnbench.core.dataset import Array

SIDE = 27
REACH = 2.3
"""At this distance from its middle a line has faded."""
SLOPES = range(-5, 5)
"""By how much a zigzag may rise or fall."""


@lru_cache(maxsize=8)
def dotted_lines(h: int, w: int) -> Array:
    """Return all dotted lines, (27 · 27, h, w) in uint8: from the first column in row i to the last in row j."""
    columns = np.linspace(0, SIDE, w)
    drawn = (columns // 2) % 2 == 1
    lines = [_line((0, first), (SIDE, last), h, w) * drawn for first in range(SIDE) for last in range(SIDE)]
    return _bytes(np.stack(lines))


@lru_cache(maxsize=8)
def zigzags(h: int, w: int) -> Array:
    """Return all zigzags, (27 · 10, h, w) in uint8: starting in row i and rising by one of `SLOPES`."""
    return _bytes(np.stack([_zigzag(first, slope, h, w) for first in range(SIDE) for slope in SLOPES]))


def _zigzag(first: int, rise: int, h: int, w: int) -> Array:
    length = width = 2.0
    start, stop = 2, 25
    angle = math.atan(rise / (stop - start))
    distance = (stop - start) / math.cos(angle)
    turns = int((distance - length) // (2 * length)) + 1
    along = [0.0, *((2 * i + 1) * length for i in range(turns))]
    across = [0.0, *((-1) ** i * width for i in range(turns))]
    full = 2 * length * (distance // (2 * length))
    if distance != full:
        along.append(distance)
        across.append(across[-1] / (2 * (distance - full)))
    a, b = np.array(along), np.array(across)
    x = math.cos(angle) * a - math.sin(angle) * b + start
    y = math.sin(angle) * a + math.cos(angle) * b + first
    ends = list(zip(x, y, strict=True))
    return np.asarray(np.minimum(np.add.reduce([_line(p, q, h, w) for p, q in pairwise(ends)]), 1))


def _line(start: tuple[float, float], stop: tuple[float, float], h: int, w: int) -> Array:
    """Return a line from (x, y) to (x, y), (h, w) in [0, 1]: it fades with the distance along a column."""
    (x0, y0), (x1, y1) = start, stop
    x, y = np.linspace(0, SIDE, w)[None], np.linspace(0, SIDE, h)[:, None]
    distance = np.minimum(np.abs(y - ((y1 - y0) / (x1 - x0) * (x - x0) + y0)), REACH - 1e-10)
    shade = np.clip(np.log(1 - distance / REACH) + 1, 0, 1)
    return np.asarray(shade * ((x >= math.floor(x0)) & (x < math.ceil(x1))))


def _bytes(shade: Array) -> Array:
    return np.asarray(np.rint(255 * shade), np.uint8)
