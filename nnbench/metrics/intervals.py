"""95 % intervals of shares and means."""

from __future__ import annotations

import math

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.metric import Estimate

Z95 = 1.959963984540054
"""The standard normal's .975 quantile."""


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Return the ends of the score interval of a share (Wilson 1927), which holds near 0 and 1 too.

    Raises:
        ArgumentError: `n` below 1, or `successes` not between 0 and `n`.
    """
    if not 0 <= successes <= n or n < 1:
        raise ArgumentError(f"successes must lie between 0 and n ≥ 1. Received: {successes} of {n}.")
    p, z = successes / n, Z95
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    # At p = 0 and p = 1 one end is p itself; rounding must not move it past.
    return min(p, max(0.0, centre - half)), max(p, min(1.0, centre + half))


def share(successes: int, n: int) -> Estimate:
    """Return `successes` / `n` with its Wilson interval.

    Raises:
        ArgumentError: as `wilson`.
    """
    low, high = wilson(successes, n)
    return Estimate(successes / n, low, high, n)


def mean(values: Array) -> Estimate:
    """Return the mean of `values` (n,) with its normal interval; no interval for a single value."""
    n, value = len(values), float(np.mean(values))
    if n < 2:
        return Estimate(value, n=n)
    half = Z95 * float(np.std(values, ddof=1)) / math.sqrt(n)
    return Estimate(value, value - half, value + half, n)
