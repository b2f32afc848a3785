"""Conformal prediction: sets of classes that hold the true one with a stated chance, whatever the model.

Split conformal prediction (Vovk, Gammerman & Shafer 2005, Algorithmic Learning in a Random World; introduced by
Angelopoulos & Bates 2021, https://arxiv.org/abs/2107.07511), with the finite-sample quantile: over draws of validation
and test samples the coverage is at least 1 − alpha, and at most 1 − alpha + 1/(n + 1) where no scores are equal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from nnbench.calibration._conformal_scores import adaptive, least_ambiguous, regularized_adaptive
from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError, UnknownNameError
from nnbench.core.metric import Estimate
from nnbench.core.registry import did_you_mean
from nnbench.metrics import arrays, intervals
from nnbench.metrics.logits import softmax

SCORES: Mapping[str, Callable[..., Array]] = {
    "lac": least_ambiguous,
    "aps": adaptive,
    "raps": regularized_adaptive,
}
"""Name to nonconformity score; see `nnbench.calibration._conformal_scores`."""


@dataclass(frozen=True)
class ConformalSets:
    """A fitted predictor of sets.

    Attributes:
        score: a name of `SCORES`.
        alpha: the chance of missing the true class that was asked for.
        threshold: classes whose score is at most this are in the set; infinite where too few samples were fitted.
        randomized: whether scores are broken up by chance, as the papers do for exact coverage.
        options: of the score.
    """

    score: str
    alpha: float
    threshold: float
    randomized: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)

    def sets(self, logits: Array, *, seed: int = 1) -> Array:
        """Return which classes are in each sample's set: booleans (n, classes) of `logits` (n, classes).

        A set can be empty: a sample may conform to no class.

        Args:
            seed: of the randomization; another than was fitted with.

        Raises:
            ArgumentError: other shapes, NaN or infinite logits.
        """
        logits = np.asarray(logits)
        if logits.ndim != 2 or logits.shape[1] < 2:
            raise ArgumentError(f"logits must be (n, classes) with two or more classes. Received: {logits.shape}.")
        scores = _scores(self.score, arrays.finite("logits", logits), self.randomized, seed, self.options)
        return np.asarray(scores <= self.threshold)


def fit_conformal(
    logits: Array,
    labels: Array,
    *,
    alpha: float = 0.1,
    score: str = "lac",
    randomized: bool = True,
    seed: int = 0,
    **options: Any,
) -> ConformalSets:
    """Return the predictor of sets whose chance of missing the true class is at most `alpha`.

    Args:
        logits: (n, classes) of validation samples, n ≥ 1.
        labels: (n,) integers from 0 to classes − 1.
        alpha: in (0, 1).
        score: ``lac`` gives the smallest sets on average; ``aps`` adapts their size to the sample; ``raps`` does so and
            keeps large sets small.
        randomized: break scores up by chance (``aps`` and ``raps``); without it sets are larger.
        seed: of the randomization.
        **options: of the score: ``penalty`` and ``free`` of ``raps``.

    Raises:
        UnknownNameError: no such score.
        ArgumentError: wrong shapes, NaN or infinite logits, labels out of range, `alpha` outside (0, 1).
    """
    if score not in SCORES:
        known = list(SCORES)
        raise UnknownNameError(f"Unknown score {score!r}; there are {', '.join(known)}.{did_you_mean(score, known)}")
    if not 0 < alpha < 1:
        raise ArgumentError(f"alpha must lie in (0, 1). Received: {alpha}.")
    logits, labels = arrays.logits_and_labels(logits, labels)
    scores = _scores(score, logits, randomized, seed, options)[np.arange(len(labels)), labels]
    return ConformalSets(score, alpha, conformal_quantile(scores, alpha), randomized, dict(options))


def conformal_quantile(scores: Array, alpha: float) -> float:
    """Return the ⌈(n + 1)(1 − alpha)⌉-th smallest of `scores` (n,), and infinity where n is too small to have one."""
    n = len(scores)
    rank = math.ceil((n + 1) * (1 - alpha) - 1e-9)  # less than the rounding of 1 − alpha must not raise the rank
    return float(np.partition(scores, rank - 1)[rank - 1]) if rank <= n else math.inf


def coverage(sets: Array, labels: Array) -> Estimate:
    """Return the share of samples whose set holds the true class, with its Wilson interval.

    Args:
        sets: booleans (n, classes).
        labels: (n,) integers from 0 to classes − 1.

    Raises:
        ArgumentError: shapes that do not fit, no sample, labels out of range.
    """
    sets, labels = np.asarray(sets), np.asarray(labels)
    if sets.ndim != 2 or sets.shape[:1] != labels.shape or not len(labels):
        raise ArgumentError(f"sets must be (n, classes) and labels (n,). Received: {sets.shape} and {labels.shape}.")
    labels = arrays.class_labels(labels, sets.shape[1])
    return intervals.share(int(sets[np.arange(len(labels)), labels].sum()), len(labels))


def mean_set_size(sets: Array) -> Estimate:
    """Return the mean number of classes in a set, of booleans (n, classes), with the normal interval of the mean."""
    return intervals.mean(np.asarray(sets).sum(-1).astype(float))


def _scores(score: str, logits: Array, randomized: bool, seed: int, options: Mapping[str, Any]) -> Array:
    n = len(logits)
    shares = np.random.default_rng(seed).random(n) if randomized else np.ones(n)
    return partial(SCORES[score], **options)(softmax(logits), shares)
