"""Motion blur: a one-sided Gaussian along a line, as ImageMagick's ``MotionBlurImage`` computes it."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from nnbench.core.dataset import Array
from nnbench.shifts._draws import Draws
from nnbench.shifts._filters import Padded, shares_of, tap_weights


def angles(draws: Draws, low: int, high: int) -> Array:
    """Return an angle for each sample, (n,) whole degrees from `low` to `high`."""
    return low + draws.integers("angle", 1, high - low + 1)[:, 0]


def motion_blur_planes(planes: Array, radius: int, sigma: float, degrees: Array) -> Array:
    """Return planes (n, c, h, w) blurred along one angle (n,) each, as bytes; edges are repeated."""
    weights = motion_weights(radius, sigma)
    y, x = _steps(degrees, len(weights))
    above_below, left_right = ((max(0, -int(steps.min())), max(0, int(steps.max()))) for steps in (y, x))
    padded = Padded(planes, above_below, left_right, "edge")
    return padded.cut(shares_of(padded.moved_sum(y * padded.line + x, weights), sum(weights)))


@lru_cache(maxsize=64)
def motion_weights(radius: int, sigma: float) -> tuple[int, ...]:
    """Return the weights of the steps along the line, as shares of their sum; those that round to 0 are left out."""
    weights = np.exp(-np.square(np.arange(2 * radius + 1)) / (2 * sigma**2))
    units = tap_weights(weights / weights.sum()).tolist()
    return tuple(units[: max(i for i, unit in enumerate(units) if unit) + 1])


def _steps(degrees: Array, count: int) -> tuple[Array, Array]:
    """Return how far each step of the line lies below and to the right, (n, count) whole pixels each."""
    angle, which = np.unique(degrees, return_inverse=True)
    parts = [[function(math.radians(a)) for a in angle.tolist()] for function in (math.sin, math.cos)]
    # Rounded first, so that no machine sees 2.5000000000000004 where another sees 2.5.
    y, x = (np.ceil(np.round(np.outer(part, np.arange(count)), 9) - 0.5).astype(np.int64) for part in parts)
    return y[which], x[which]
