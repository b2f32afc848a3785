"""What speaks against a robust accuracy: signs that the model hides its gradient.

Carlini et al. (2019), On Evaluating Adversarial Robustness, https://arxiv.org/abs/1902.06705, and the checks of
AutoAttack.
"""

from __future__ import annotations

import numpy as np

from nnbench.attacks._network import Network
from nnbench.attacks._objectives import error_log_odds, error_log_odds_of
from nnbench.attacks._problem import Problem
from nnbench.attacks._result import BLACK_BOX, MORE_STEPS, NOT_FALLING, RANDOMISED, SHATTERED_GRADIENT, ZERO_GRADIENT
from nnbench.core.dataset import Array

REPEATS = 4
TOLERANCE = 1e-4
"""AutoAttack's, for logits of up to 1; it grows with larger ones, as their rounding in float32 does."""
PROBED = 32
"""Samples whose gradients are compared with differences."""
STEPS = 0.1, 0.01
"""Lengths of the two steps, in radii: where an attack goes, and where the model should be nearly linear."""
MISFIT, MISFITS = 4.0, 0.25
"""A change this many times more or less than the gradient says does not fit; more samples than this share that do not,
at both lengths, are a flag."""
RESOLUTION = 1e-4
"""Changes below this share of the logits are lost in float32."""
ZERO_SHARE = 0.01
"""More vanishing gradients than this share are a flag; a few happen where every unit before a sample is off."""
LATE_SHARE, LEAST_LATE, FEWEST_STEPS = 0.1, 2, 20
"""Some are fooled late by chance; with fewer steps than these nobody expects that more would not help."""
SHARE, LEAST = 0.002, 2
"""AutoAttack warns of .2 points; of few samples, two at least."""


def of_model(network: Network, x: Array) -> tuple[str, ...]:
    """Return a flag for a model that gives different logits for the same samples `x` (n, d)."""
    return (RANDOMISED,) if len(x) and _randomised(network, x) else ()


def of_gradient(problem: Problem) -> tuple[str, ...]:
    """Return a flag for a gradient that does not say where the loss rises."""
    rows = np.flatnonzero(problem.attacked)[:PROBED]
    return (SHATTERED_GRADIENT,) if len(rows) and _shattered(problem, rows) else ()


def vanishing(problem: Problem, zero: Array) -> tuple[str, ...]:
    """Return a flag for gradients that are zero (n,) where an attack begins, on some of a problem's samples."""
    return (ZERO_GRADIENT,) if zero.sum() > ZERO_SHARE * problem.attacked.sum() else ()


def late(problem: Problem, first: Array, steps: int) -> tuple[str, ...]:
    """Return a flag for samples fooled first at steps (n,) near the end; −1 where they are not."""
    count = int((first >= 0.75 * steps).sum())
    enough = count > max(LEAST_LATE, LATE_SHARE * problem.attacked.sum())
    return (MORE_STEPS,) if steps >= FEWEST_STEPS and enough else ()


def surpassed(white: Array, black: Array) -> tuple[str, ...]:
    """Return a flag for samples that resist attacks with gradients (n,) and fall to one without (n,)."""
    count = int((white & ~black).sum())
    return (BLACK_BOX,) if count >= LEAST and count > SHARE * len(white) else ()


def rising(robust: Array) -> tuple[str, ...]:
    """Return a flag where a larger ball leaves more samples right; (radii, n) in rising order of the radii."""
    more = np.diff(robust.sum(axis=1))
    return (NOT_FALLING,) if (more >= LEAST).any() and (more > SHARE * robust.shape[1]).any() else ()


def _randomised(network: Network, x: Array) -> bool:
    """Pass a few samples several times, in one batch and again, since some backends repeat a pass's random numbers."""
    rows = np.repeat(x[:REPEATS], REPEATS, axis=0)
    passes = np.stack([network.logits(rows), network.logits(rows)])
    passes = passes.reshape(2, -1, REPEATS, passes.shape[-1])
    spread = passes.max(axis=(0, 2)) - passes.min(axis=(0, 2))
    return bool(spread.max() > TOLERANCE * max(1.0, float(np.abs(passes).max())))


def _shattered(problem: Problem, rows: Array) -> bool:
    """Step along the gradient, and see whether the loss changes by what the gradient says."""
    network, x, labels = problem.network, problem.x[rows], problem.y[rows]
    gradient, logits = network.gradient(error_log_odds, x, labels)
    start, least = error_log_odds_of(logits, labels), RESOLUTION * np.maximum(1, np.abs(logits).max(axis=1))
    misfits, usable = np.ones(len(rows), bool), np.zeros(len(rows), bool)
    for share in STEPS:
        delta = share * problem.epsilon[rows] * problem.norm.steepest(gradient)
        moved = problem.clipped(x + delta)
        expected = (gradient.astype(np.float64) * (moved - x)).sum(axis=1)
        found = error_log_odds_of(network.logits(moved), labels) - start
        clear = expected > least
        misfits &= ~clear | (found < expected / MISFIT) | (found > expected * MISFIT)
        usable |= clear
    return bool(usable.any() and (misfits & usable).sum() > MISFITS * len(rows))
