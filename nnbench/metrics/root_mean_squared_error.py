"""Root mean squared error."""

from __future__ import annotations

import math

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.metric import Estimate, register_metric
from nnbench.metrics import arrays, intervals


@register_metric("rmse", task="regression", better="lower", unit="target")
def rmse(values: Array, targets: Array) -> Estimate:
    """Square root of the mean squared error, in the target's unit.

    The interval's ends are the square roots of those of the mean squared error's normal interval.

    Args:
        values, targets: (n,), or (n, 1), finite.

    Returns:
        ≥ 0; lower is better.

    Raises:
        ArgumentError: shapes that differ, NaN or infinite numbers.
    """
    values, targets = arrays.values_and_targets(values, targets)
    squared = intervals.mean(np.square(values - targets))
    if squared.low is None or squared.high is None:
        return Estimate(math.sqrt(squared.value), n=squared.n)
    return Estimate(math.sqrt(squared.value), math.sqrt(max(0.0, squared.low)), math.sqrt(squared.high), squared.n)
