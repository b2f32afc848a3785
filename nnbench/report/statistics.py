"""Intervals over seeds, paired differences, and what may be said of them.

A seed is the replicate: its variance is not that of the test samples, so the two kinds of interval are never mixed.
Verdicts stand at 95 %, and no p-value is given: with n runs against n, exchangeable under the null hypothesis, no
test can go below 1/C(2n, n), so that five against five never shows p < .002.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nnbench.core.measurement import HIGHER, LOWER

Floats = npt.NDArray[np.float64]

CONFIDENCE = 0.95
BETTER, WORSE, INCONCLUSIVE = "better", "worse", "inconclusive"


class Interval(NamedTuple):
    """Ends of a 95 % interval; NaN where none is known."""

    low: float
    high: float

    @property
    def known(self) -> bool:
        """Whether there is one."""
        return not (math.isnan(self.low) or math.isnan(self.high))


UNKNOWN = Interval(math.nan, math.nan)


class Difference(NamedTuple):
    """Candidate minus baseline, its 95 % interval, and the number of pairs behind it."""

    value: float
    interval: Interval
    n: int


def half_width(spread: Floats, n: Floats) -> Floats:
    """Return half of the t interval of means: of `n` values each, whose standard deviations are `spread`.

    Both are (k,) and so is the result, NaN where n < 2.
    """
    from scipy.special import stdtrit

    freedom = np.where(n > 1, n - 1, np.nan)
    return np.asarray(stdtrit(freedom, (1 + CONFIDENCE) / 2) * spread / np.sqrt(n), dtype=np.float64)


def mean_interval(values: Floats) -> Interval:
    """Return the t interval of the mean of `values` (n,); unknown for n < 2."""
    if len(values) < 2:
        return UNKNOWN
    with np.errstate(invalid="ignore"):
        mean, spread = float(np.mean(values)), np.std(values, ddof=1, keepdims=True)
    half = float(half_width(spread, np.array([len(values)], dtype=float))[0])
    return Interval(mean - half, mean + half)


def paired_difference(
    baseline: Floats, candidate: Floats, sampling: tuple[list[Interval], list[Interval]] | None = None
) -> Difference:
    """Return the mean of ``candidate - baseline``, with the t interval of the differences over the pairs.

    One pair, or pairs whose differences do not vary at all, say nothing of the spread over seeds. Then the interval
    comes from the measurements' own: from the largest to the smallest difference that they allow, so that it contains
    zero exactly where the two overlap. Without those, one pair has no interval.

    Args:
        baseline, candidate: (n,) values, paired by position, n ≥ 1.
        sampling: the measurements' own intervals, n for each side.
    """
    with np.errstate(invalid="ignore"):
        differences = candidate - baseline
    n, value = len(differences), float(np.mean(differences))
    if n >= 2 and not _constant(differences, np.concatenate([baseline, candidate])):
        return Difference(value, mean_interval(differences), n)
    own = _widest(*sampling) if sampling else UNKNOWN
    if own.known or n < 2:
        return Difference(value, own, n)
    return Difference(value, Interval(value, value), n)


def verdict(difference: Difference, better: str) -> str:
    """Return ``better``, ``worse`` or ``inconclusive`` for the candidate; empty where neither direction is better.

    Args:
        better: ``"higher"``, ``"lower"`` or ``""``.
    """
    if better not in (HIGHER, LOWER):
        return ""
    low, high = difference.interval
    if not difference.interval.known or low <= 0 <= high:
        return INCONCLUSIVE
    return BETTER if (low > 0) == (better == HIGHER) else WORSE


def _constant(differences: Floats, values: Floats) -> bool:
    """Whether the differences are equal up to the rounding of the values that they come from."""
    if not np.isfinite(values).all():
        return False
    return bool(np.ptp(differences) <= 4 * np.spacing(np.max(np.abs(values))))


def _widest(baseline: list[Interval], candidate: list[Interval]) -> Interval:
    pairs = list(zip(baseline, candidate, strict=True))
    if not all(b.known and c.known for b, c in pairs):
        return UNKNOWN
    low = float(np.mean([c.low - b.high for b, c in pairs]))
    return Interval(low, float(np.mean([c.high - b.low for b, c in pairs])))
