"""Motion blur: a one-sided Gaussian along a line, as ImageMagick's ``MotionBlurImage`` computes it."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from nnbench.core.dataset import Array
from nnbench.shifts._draws import Draws
from nnbench.shifts._filters import Padded, Taps, tap_weights

STEP = 3
"""Angles are drawn in steps of so many degrees, so that images of one angle can be filtered at once.

Two neighbouring angles differ by a pixel at a distance of 19."""


def angles(draws: Draws, low: int, high: int) -> Array:
    """Return an angle for each sample, (n,) whole degrees from `low` to `high`, multiples of `STEP`."""
    count = (high - low) // STEP + 1
    return low + STEP * draws.integers("angle", 1, count)[:, 0]


def motion_blur_planes(planes: Array, radius: int, sigma: float, degrees: Array) -> Array:
    """Return planes (n, c, h, w) blurred along one angle (n,) each, as bytes; edges are repeated."""
    order = np.argsort(degrees, kind="stable")
    found, starts = np.unique(degrees[order], return_index=True)
    kernels = [motion_taps(radius, sigma, int(angle)) for angle in found]
    margin = max(max(abs(y), abs(x)) for taps in kernels for y, x, _ in taps)
    padded = Padded(planes[order], margin, "edge")
    out = np.empty_like(planes)
    for taps, start, stop in zip(kernels, starts, [*starts[1:], len(order)], strict=True):
        total = padded.shifted_sum(taps, int(start), int(stop))
        out[order[start:stop]] = padded.cut((total + np.uint16(1 << 7)) >> np.uint16(8))
    return out


@lru_cache(maxsize=1024)
def motion_taps(radius: int, sigma: float, degrees: int) -> Taps:
    """Return the taps of a blur of `sigma` along an angle, without those whose weight rounds to 0."""
    width = 2 * radius + 1
    weights = np.exp(-np.square(np.arange(width)) / (2 * sigma**2))
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    taps = []
    for step, weight in enumerate(tap_weights(weights / weights.sum()).tolist()):
        y, x = (math.ceil(round(step * part, 9) - 0.5) for part in (sine, cosine))
        taps.append((y, x, weight))
    return tuple(tap for tap in taps if tap[2])
