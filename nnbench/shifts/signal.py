"""Corruptions of signals (n, length) or (n, length, channels), after what sensors and clocks do to them.

No paper fixes their strengths; those here are ours. Strengths in values are shares of the standard deviation of the
population, per channel, over samples and time; strengths in time are shares of the length. Of a sample's channels all
meet the same change in time, and each its own noise.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.robustness import register_corruption
from nnbench.metrics.arrays import finite
from nnbench.shifts._draws import Draws
from nnbench.shifts._population import deviations, means, population_of

SIGNALS = ("signal",)
NOISE = (0.1, 0.2, 0.4, 0.6, 0.8)
SPIKE_SHARES = (0.01, 0.02, 0.04, 0.07, 0.10)
SPIKE_HEIGHT = 5
SHIFTS = (0.02, 0.05, 0.10, 0.15, 0.20)
WARPS = (0.01, 0.02, 0.04, 0.06, 0.08)
WARP_KNOTS = 4
GAINS = (0.1, 0.2, 0.3, 0.4, 0.5)
DRIFTS = (0.25, 0.5, 1.0, 1.5, 2.0)
DRIFT_KNOTS = 3
SPANS = (0.05, 0.10, 0.20, 0.30, 0.40)
WINDOWS = (3, 5, 7, 9, 11)
STRIDES = (2, 3, 4, 6, 8)
LEVELS = (32, 16, 8, 4, 2)


@register_corruption("signal_noise", kinds=SIGNALS)
def signal_noise(x: Array, severity: int, draws: Draws, _bounds: object) -> Array:
    """Add normal noise of .1 to .8 standard deviations."""
    x = _checked(x)
    return x + NOISE[severity - 1] * deviations(x, draws, (0, 1)) * _normal(x, draws)


@register_corruption("signal_spikes", kinds=SIGNALS)
def signal_spikes(x: Array, severity: int, draws: Draws, _bounds: object) -> Array:
    """Add spikes of ±5 standard deviations at 1 to 10 % of the values."""
    x = _checked(x)
    size = x[:1].size
    hit = (draws.uniform("places", size) < SPIKE_SHARES[severity - 1]).reshape(x.shape)
    signs = draws.signs("signs", size).reshape(x.shape)
    return np.asarray(x + np.where(hit, SPIKE_HEIGHT * signs, 0) * deviations(x, draws, (0, 1)))


@register_corruption("signal_shift", kinds=SIGNALS)
def signal_shift(x: Array, severity: int, draws: Draws, _bounds: object) -> Array:
    """Shift in time by 2 to 20 % of the length, to either side; the value at the end is held."""
    x = _checked(x)
    steps = max(1, round(SHIFTS[severity - 1] * x.shape[1])) * draws.signs("direction", 1)
    return _read(x, np.arange(x.shape[1]) + steps)


@register_corruption("time_warp", kinds=SIGNALS)
def time_warp(x: Array, severity: int, draws: Draws, _bounds: object) -> Array:
    """Stretch some parts of the time and squeeze others, moving points by at most 1 to 8 % of the length."""
    x = _checked(x)
    length = x.shape[1]
    knots = np.pad(2 * draws.uniform("knots", WARP_KNOTS) - 1, ((0, 0), (1, 1)))
    return _between(x, np.arange(length) + WARPS[severity - 1] * length * _through(knots, length))


@register_corruption("amplitude_scaling", kinds=SIGNALS)
def amplitude_scaling(x: Array, severity: int, draws: Draws, _bounds: object) -> Array:
    """Multiply a sample by 1 ± .1 to 1 ± .5, as a gain that is off does."""
    x = _checked(x)
    gains = 1 + GAINS[severity - 1] * draws.signs("direction", 1)
    return np.asarray(x * gains.reshape(-1, *[1] * (x.ndim - 1)))


@register_corruption("baseline_drift", kinds=SIGNALS)
def baseline_drift(x: Array, severity: int, draws: Draws, _bounds: object) -> Array:
    """Add a slow drift: lines through three knots of normal height, of .25 to 2 standard deviations."""
    x = _checked(x)
    drift = _through(draws.normal("knots", DRIFT_KNOTS).astype(np.float64), x.shape[1])
    drift = drift.reshape(len(x), x.shape[1], *[1] * (x.ndim - 2))
    return x + DRIFTS[severity - 1] * deviations(x, draws, (0, 1)) * drift


@register_corruption("span_dropout", kinds=SIGNALS)
def span_dropout(x: Array, severity: int, draws: Draws, _bounds: object) -> Array:
    """Lose a span of 5 to 40 % of the length: the population's mean stands in."""
    x = _checked(x)
    length = x.shape[1]
    span = max(1, round(SPANS[severity - 1] * length))
    start = np.floor(draws.uniform("start", 1) * (length - span + 1))
    time = np.arange(length)
    lost = ((time >= start) & (time < start + span)).reshape(len(x), length, *[1] * (x.ndim - 2))
    return np.where(lost, means(x, draws, (0, 1)), x)


@register_corruption("signal_smoothing", kinds=SIGNALS)
def signal_smoothing(x: Array, severity: int, _draws: Draws, _bounds: object) -> Array:
    """Average over a window of 3 to 11 points, as a slow sensor does; the ends are repeated."""
    x = _checked(x)
    width, length = WINDOWS[severity - 1], x.shape[1]
    wide = _read(x.astype(np.float64), np.arange(-(width // 2), length + width // 2))
    total = np.zeros(x.shape)
    for shift in range(width):
        total += wide[:, shift : shift + length]
    return total / width


@register_corruption("resampling", kinds=SIGNALS)
def resampling(x: Array, severity: int, _draws: Draws, _bounds: object) -> Array:
    """Keep every 2nd to 8th point and hold it, as a slower clock does."""
    x = _checked(x)
    stride = STRIDES[severity - 1]
    return _read(x, np.arange(x.shape[1]) // stride * stride)


@register_corruption("quantisation", kinds=SIGNALS)
def quantisation(x: Array, severity: int, draws: Draws, _bounds: object) -> Array:
    """Round to 32 to 2 levels between the population's lowest and highest value."""
    x = _checked(x)
    population = population_of(x, draws)
    low, high = float(population.min()), float(population.max())
    step = (high - low) / (LEVELS[severity - 1] - 1) or 1.0
    return low + step * np.rint((x.astype(np.float64) - low) / step)


def _checked(x: Array) -> Array:
    if x.ndim not in (2, 3) or x.shape[1] < 2:
        raise ArgumentError(f"x must be signals (n, length) or (n, length, channels). Received: {x.shape}.")
    return finite("x", x)


def _normal(x: Array, draws: Draws) -> Array:
    return draws.normal("noise", x[:1].size).reshape(x.shape).astype(np.float64)


def _through(knots: Array, length: int) -> Array:
    """Return straight lines through knots (n, k) at equal distances, (n, length)."""
    place = np.arange(length) * ((knots.shape[1] - 1) / (length - 1))
    left = np.minimum(place.astype(np.intp), knots.shape[1] - 2)
    part = place - left
    return np.asarray(knots[:, left] * (1 - part) + knots[:, left + 1] * part)


def _read(x: Array, time: Array) -> Array:
    """Return values at whole times, (k,) for all samples or (n, k); beyond the ends those are held."""
    inside = np.clip(time, 0, x.shape[1] - 1)
    if inside.ndim == 1:
        return np.asarray(x[:, inside])
    return np.asarray(x[np.arange(len(x))[:, None], inside])


def _between(x: Array, time: Array) -> Array:
    """Return values at times (n, k), linear between points."""
    inside = np.clip(time, 0, x.shape[1] - 1)
    left = np.minimum(inside.astype(np.intp), x.shape[1] - 2)
    part = (inside - left).reshape(*time.shape, *[1] * (x.ndim - 2))
    return np.asarray(_read(x, left) * (1 - part) + _read(x, left + 1) * part)
