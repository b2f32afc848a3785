"""The strongest attempt on each sample so far."""

from __future__ import annotations

import numpy as np

from nnbench.attacks import _result
from nnbench.attacks._problem import Problem
from nnbench.core.dataset import Array


class Attempts:
    """Keeps, for each sample, an attempt that fools before one that does not, and then that of the highest loss.

    Attributes:
        x: (n, d) the attempts; to begin with, the samples themselves.
        fooled: (n,) whether the attempt fools the model, or the model is fooled to begin with.
        flags: what was seen that speaks against the result.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._loss = np.full(len(problem.x), -np.inf)
        self.x = problem.x.copy()
        self.fooled = ~problem.attacked
        self.flags: set[str] = set()

    def offer(self, samples: Array, x: Array, logits: Array) -> Array:
        """Take attempts `x` (m, d) with logits (m, classes) on sample indices (m,); return (m,) which of them fool."""
        finite = np.asarray(np.isfinite(logits).all(axis=1))
        if not finite.all():
            self.flags.add(_result.NON_FINITE)
        loss = np.where(finite, self._problem.loss(np.where(finite[:, None], logits, 0), samples), -np.inf)
        fools = self._problem.fooled(logits, samples)
        self.take(samples, x, fools, loss)
        return fools

    def take(self, samples: Array, x: Array, fools: Array, loss: Array) -> None:
        """Take attempts `x` (m, d) that fool or not (m,), with the log odds of success (m,)."""
        before = self.fooled[samples]
        better = (fools & ~before) | ((fools == before) & (loss > self._loss[samples]))
        chosen = samples[better]
        self.x[chosen], self._loss[chosen] = x[better], loss[better]
        self.fooled[chosen] = fools[better]

    def open(self) -> Array:
        """Return the indices of the samples that nothing has fooled."""
        return np.flatnonzero(~self.fooled)
