"""The coefficient of determination."""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import NotApplicableError
from nnbench.core.metric import Estimate, register_metric
from nnbench.metrics import arrays


@register_metric("r2", task="regression", better="higher")
def r2(values: Array, targets: Array) -> Estimate:
    """One minus the squared error over that of the targets' own mean.

    Args:
        values, targets: (n,), or (n, 1), finite.

    Returns:
        ≤ 1; higher is better; 0 for predicting the mean of these targets, negative for worse than that.

    Raises:
        ArgumentError: shapes that differ, NaN or infinite numbers.
        NotApplicableError: the targets are all equal.
    """
    values, targets = arrays.values_and_targets(values, targets)
    spread = np.square(targets - targets.mean()).sum()
    if spread == 0:
        raise NotApplicableError("R² is undefined where all targets are equal.")
    return Estimate(float(1 - np.square(values - targets).sum() / spread), n=len(targets))
