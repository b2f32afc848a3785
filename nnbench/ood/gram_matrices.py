"""Gram matrices of inner layers.

Sastry & Oore (2020), Detecting Out-of-Distribution Examples with Gram Matrices, https://arxiv.org/abs/1912.12510,
section 3, as in their code and OpenOOD: the rows of G_p are summed before the p-th root. The sums are found without the
matrix, since Σ_j (F Fᵀ)_ij = F_i · Σ_j F_j.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.lazy import keras
from nnbench.core.paper import Paper
from nnbench.core.robustness import Needs, register_detector
from nnbench.metrics.logits import softmax
from nnbench.ood._bases import require

PAPER = Paper(
    "Detecting Out-of-Distribution Examples with Gram Matrices",
    "Sastry & Oore",
    2020,
    "https://arxiv.org/abs/1912.12510",
)

EPSILON = 1e-6


@dataclass(frozen=True)
class GramRows:
    """From activations F (n, positions, channels) to the row sums (n, powers · channels) of G_p = (Fᵖ Fᵖᵀ)^(1/p)."""

    powers: tuple[int, ...]

    def __call__(self, activations: Any) -> Any:
        """Return the row sums, in ``keras.ops``; the sign of a sum is kept outside its root."""
        ops = keras.ops
        # The p-th root of G_p grows with the square of F: scaled to 1 no power overflows.
        scale = ops.maximum(ops.max(ops.abs(activations), axis=(1, 2), keepdims=True), EPSILON)
        unit, squared = activations / scale, ops.square(ops.squeeze(scale, axis=2))
        rows, raised = [], unit
        for power in range(1, max(self.powers) + 1):
            raised = raised if power == 1 else unit * raised
            if power in self.powers:
                # A product with a row is several times as fast as the same by einsum.
                sums = ops.squeeze(ops.matmul(ops.sum(raised, axis=2)[:, None], raised), axis=1)
                rows.append(ops.sign(sums) * ops.abs(sums) ** (1 / power) * squared)
        return ops.concatenate(rows, axis=-1)


@register_detector("gram", paper=PAPER, presets={"paper": {"powers": tuple(range(1, 11))}})
class GramMatrices:
    """Σ_l δ_l / E[δ_l], divided by the largest softmax probability, ≥ 0; higher means more out-of-distribution.

    δ_l sums, over the row sums of layer l, how far each lies outside the range of the training samples of the predicted
    class, relative to the range's end. The expectation is taken over every tenth training sample of each class, which
    the ranges leave out (OpenOOD draws a tenth); with fewer than ten of each class it is taken as 1. A class that is
    not among the labels has the range of all.

    Args:
        powers: p of the Gram matrices, each at least 1.

    Raises:
        ArgumentError: no power, or one below 1.
    """

    def __init__(self, *, powers: Sequence[int] = (1, 2, 3, 4, 5)) -> None:
        require(len(powers) > 0 and min(powers) >= 1, "powers must be one or more integers from 1", powers)
        self.needs = Needs(training=True, layers=GramRows(tuple(powers)))

    def fit(self, features: Array, logits: Array, labels: Array, *, layers: list[Array]) -> None:
        """Take the ranges of the rows (n, s) of each layer, by class."""
        held_out = held_out_samples(labels)
        ranged, judged = (~held_out, held_out) if held_out.any() else (slice(None), slice(None))
        self._ranges = [_ranges(rows[ranged], labels[ranged], logits.shape[1]) for rows in layers]
        means = [
            _deviations(rows[judged], *ends, labels[judged]).mean()
            for rows, ends in zip(layers, self._ranges, strict=True)
        ]
        self._expected = [mean if mean > 0 else 1.0 for mean in means]

    def score(self, features: Array, logits: Array, *, layers: list[Array]) -> Array:
        """Return (n,) scores of the rows (n, s) of each layer, and logits (n, classes)."""
        predicted = logits.argmax(axis=-1)
        total = np.zeros(len(logits))
        for rows, ends, expected in zip(layers, self._ranges, self._expected, strict=True):
            total += _deviations(rows, *ends, predicted) / expected
        return np.asarray(total / softmax(logits).max(axis=-1))


def held_out_samples(labels: Array) -> Array:
    """Return which (n,) samples are every tenth of their class."""
    place = np.zeros(len(labels), int)
    for c in np.unique(labels):
        place[labels == c] = np.arange((labels == c).sum())
    return np.asarray(place % 10 == 9)


def _ranges(rows: Array, labels: Array, classes: int) -> tuple[Array, Array]:
    """Return the smallest and the largest (classes, s) of the rows (n, s) of each class."""
    low, high = (np.tile(f(rows, axis=0), (classes, 1)) for f in (np.min, np.max))
    for c in np.unique(labels):
        low[c], high[c] = rows[labels == c].min(axis=0), rows[labels == c].max(axis=0)
    return low, high


def _deviations(rows: Array, low: Array, high: Array, classes: Array) -> Array:
    """Return (n,) sums of how far the rows (n, s) lie outside the ranges (classes, s) of their classes (n,)."""
    total = np.zeros(len(rows))
    for c in np.unique(classes):
        own = classes == c
        below = np.maximum(low[c] - rows[own], 0) / np.abs(low[c] + EPSILON)
        above = np.maximum(rows[own] - high[c], 0) / np.abs(high[c] + EPSILON)
        total[own] = (below + above).sum(axis=1, dtype=np.float64)
    return total
