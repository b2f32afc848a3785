"""What is kept of a detector's scores for a report to draw: histograms and ROC curves, in a few hundred numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.metrics.ranking import roc_curve

BINS = 32
TAILS = (0.5, 99.5)
"""Percentiles between which a histogram shows scores; what lies beyond counts in its first or last bin."""

REACH = 2.0
"""How far a histogram goes beyond the in-distribution scores, in their ranges: distances know no bounds, and far sets
would leave one bin to the scores that matter."""

FALSE_POSITIVE_RATES = np.linspace(0, 1, 41) ** 2
"""Where a curve is kept; denser near 0, where curves rise."""


def score_artifact(scores: Mapping[str, Array]) -> dict[str, Any]:
    """Return plain data of a detector's scores by set, the in-distribution set being that without a name.

    ``edges`` are the first and the last edge of the histograms; ``counts`` the histogram of each set; ``fpr`` and
    ``tpr`` the exact ROC curves at certain rates.
    """
    inside = scores[""]
    low, high = _range(inside, np.concatenate(list(scores.values())))
    edges = np.linspace(low, high, BINS + 1)
    return {
        "edges": [low, high],
        "counts": {name: np.histogram(np.clip(s, low, high), edges)[0].tolist() for name, s in scores.items()},
        "fpr": np.round(FALSE_POSITIVE_RATES, 5).tolist(),
        "tpr": {name: _true_positive_rates(inside, s) for name, s in scores.items() if name},
    }


def _range(inside: Array, every: Array) -> tuple[float, float]:
    low, high = (float(v) for v in np.percentile(every, TAILS))
    first, last = (float(v) for v in np.percentile(inside, TAILS))
    reach = REACH * (last - first)
    if reach > 0:
        low, high = max(low, first - reach), min(high, last + reach)
    return (low, high) if high > low else (low, low + 1)


def _true_positive_rates(inside: Array, outside: Array) -> list[float]:
    curve = roc_curve(inside, outside)
    last = np.searchsorted(curve.fpr, FALSE_POSITIVE_RATES, side="right") - 1
    ahead = np.minimum(last + 1, len(curve.fpr) - 1)
    run = curve.fpr[ahead] - curve.fpr[last]
    part = np.divide(FALSE_POSITIVE_RATES - curve.fpr[last], run, out=np.zeros_like(run), where=run > 0)
    rates = curve.tpr[last] + part * (curve.tpr[ahead] - curve.tpr[last])
    return [float(r) for r in np.round(rates, 4)]
