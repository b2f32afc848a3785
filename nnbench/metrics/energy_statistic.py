"""Energy distance between generated samples and the test split.

Székely & Rizzo (2013), Energy statistics: a class of statistics based on distances, Journal of Statistical Planning and
Inference 143, equation 5: 2 E‖X−Y‖ − E‖X−X′‖ − E‖Y−Y′‖. ``scipy.stats.energy_distance`` (one dimension alone) is its
square root.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array, Splits
from nnbench.core.errors import ArgumentError
from nnbench.core.metric import Estimate, register_metric
from nnbench.metrics import arrays

LIMIT = 5000
"""The first so many of either side are compared, since the cost grows with the product of their numbers."""

BLOCK = 512


@register_metric("energy_distance", task="generation", better="lower")
def energy_distance(samples: Array, splits: Splits) -> Estimate:
    """2 E‖X−Y‖ − E‖X−X′‖ − E‖Y−Y′‖ of the samples X and the test split Y, over their empirical distributions.

    Args:
        samples: (n, *shape) generated samples; the first 5000 count.
        splits: those of the dataset; the first 5000 of the test split count.

    Returns:
        ≥ 0; lower is better; 0 only for equal distributions.

    Raises:
        ArgumentError: samples of another shape than the data, NaN or infinite samples, no sample.
    """
    if np.shape(samples)[1:] != splits.test.x.shape[1:] or not len(samples):
        wanted = ("n", *splits.test.x.shape[1:])
        raise ArgumentError(f"samples must be {wanted} with n ≥ 1. Received: {np.shape(samples)}.")
    x = _flat(arrays.finite("samples", samples))
    y = _flat(splits.test.x)
    centre = y.mean(axis=0)  # distances are taken from inner products, which are most exact near the origin
    x, y = x - centre, y - centre
    value = 2 * _mean_distance(x, y) - _mean_distance(x, x) - _mean_distance(y, y)
    return Estimate(max(0.0, value), n=len(x))


def _flat(x: Array) -> Array:
    return np.asarray(x[:LIMIT], np.float64).reshape(len(x[:LIMIT]), -1)


def _mean_distance(a: Array, b: Array) -> float:
    norms = np.square(b).sum(axis=1)
    total = 0.0
    for start in range(0, len(a), BLOCK):
        rows = a[start : start + BLOCK]
        squared = np.square(rows).sum(axis=1)[:, None] + norms - 2 * rows @ b.T
        total += float(np.sqrt(np.maximum(squared, 0)).sum())
    return total / (len(a) * len(b))
