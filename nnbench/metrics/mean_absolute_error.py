"""Mean absolute error."""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.metric import Estimate, register_metric
from nnbench.metrics import arrays, intervals


@register_metric("mae", task="regression", better="lower", unit="target")
def mae(values: Array, targets: Array) -> Estimate:
    """Mean of |value − target|, in the target's unit, with the normal interval of the mean.

    Args:
        values, targets: (n,), or (n, 1), finite.

    Returns:
        ≥ 0; lower is better.

    Raises:
        ArgumentError: shapes that differ, NaN or infinite numbers.
    """
    values, targets = arrays.values_and_targets(values, targets)
    return intervals.mean(np.abs(values - targets))
