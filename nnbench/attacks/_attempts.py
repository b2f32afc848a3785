"""The strongest attempt on each sample so far."""

from __future__ import annotations

import numpy as np

from nnbench.attacks import _result
from nnbench.attacks._objectives import error_log_odds_of
from nnbench.attacks._problem import Problem, fooled
from nnbench.core.dataset import Array


class Attempts:
    """Keeps, for each sample, an attempt that fools before one that does not, and then that of the highest loss.

    Attributes:
        x: (n, d) the attempts; to begin with, the samples themselves.
        fooled: (n,) whether the attempt fools the model, or the model is wrong to begin with.
        flags: what was seen that speaks against the result.
    """

    def __init__(self, problem: Problem) -> None:
        self._labels = problem.y
        self._loss = np.full(len(problem.x), -np.inf)
        self.x = problem.x.copy()
        self.fooled = ~problem.right
        self.flags: set[str] = set()

    def offer(self, samples: Array, x: Array, logits: Array) -> Array:
        """Take attempts `x` (m, d) with logits (m, classes) on sample indices (m,); return (m,) which of them fool."""
        labels = self._labels[samples]
        finite = np.asarray(np.isfinite(logits).all(axis=1))
        if not finite.all():
            self.flags.add(_result.NON_FINITE)
        loss = np.where(finite, error_log_odds_of(np.where(finite[:, None], logits, 0), labels), -np.inf)
        fools = fooled(logits, labels)
        before = self.fooled[samples]
        better = (fools & ~before) | ((fools == before) & (loss > self._loss[samples]))
        chosen = samples[better]
        self.x[chosen], self._loss[chosen] = x[better], loss[better]
        self.fooled[chosen] = fools[better]
        return fools
