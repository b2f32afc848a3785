"""Bootstrap intervals of any metric.

Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 13: the percentile interval.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.metric import Estimate


def bootstrap(
    statistic: Callable[..., Any],
    *samples: Array,
    paired: bool = True,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Return a statistic with its bootstrap percentile interval.

    ``bootstrap(augrc, logits, labels)`` draws samples; ``bootstrap(aupr, negatives, positives, paired=False)`` draws
    from each set by itself.

    Args:
        statistic: function of as many arrays as `samples`, giving a number or an `Estimate`.
        *samples: arrays of samples along their first axis.
        paired: whether row i of each array is of the same sample, so that rows are drawn together.
        resamples: number of draws with replacement.
        level: share of the draws that lies within the interval, in (0, 1).
        seed: the same seed gives the same interval.

    Returns:
        Its value on `samples`, the interval, and the number of samples. A biased statistic, such as a calibration
        error, can lie outside its interval.

    Raises:
        ArgumentError: no samples, paired arrays of different lengths, or options out of range.
    """
    sizes = [len(s) for s in samples]
    if not sizes or min(sizes) < 1 or (paired and len(set(sizes)) > 1):
        raise ArgumentError(f"samples must be arrays of n ≥ 1 rows, equally many where paired. Received: {sizes} rows.")
    if resamples < 1 or not 0 < level < 1:
        raise ArgumentError(
            f"resamples must be at least 1 and level in (0, 1). Received: resamples={resamples}, level={level}."
        )
    rng = np.random.default_rng(seed)
    drawn = [_number(statistic(*_drawn(samples, paired, rng))) for _ in range(resamples)]
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(_number(statistic(*samples)), float(low), float(high), sizes[0] if paired else sum(sizes))


def _drawn(samples: tuple[Array, ...], paired: bool, rng: np.random.Generator) -> list[Array]:
    if paired:
        chosen = rng.integers(0, len(samples[0]), len(samples[0]))
        return [np.asarray(s)[chosen] for s in samples]
    return [np.asarray(s)[rng.integers(0, len(s), len(s))] for s in samples]


def _number(found: Any) -> float:
    return float(found.value if isinstance(found, Estimate) else found)
