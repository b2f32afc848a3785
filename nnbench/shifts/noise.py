"""Noise added to, or put in place of, the values.

Gaussian, shot, impulse and speckle noise are those of Hendrycks & Dietterich (2019).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.robustness import register_corruption
from nnbench.shifts._draws import Draws, normal_quantiles
from nnbench.shifts._papers import COMMON_CORRUPTIONS
from nnbench.shifts._pixels import Bounds, Constants, on_pixels

GAUSSIAN = Constants(
    cifar=(0.04, 0.06, 0.08, 0.09, 0.10), tiny=(0.04, 0.08, 0.12, 0.15, 0.18), imagenet=(0.08, 0.12, 0.18, 0.26, 0.38)
)
SHOT = Constants(cifar=(500, 250, 100, 75, 50), tiny=(250, 100, 50, 30, 15), imagenet=(60, 25, 12, 5, 3))
IMPULSE = Constants(
    cifar=(0.01, 0.02, 0.03, 0.05, 0.07), tiny=(0.01, 0.02, 0.05, 0.08, 0.14), imagenet=(0.03, 0.06, 0.09, 0.17, 0.27)
)
SPECKLE = Constants(
    cifar=(0.06, 0.10, 0.12, 0.16, 0.20), tiny=(0.15, 0.20, 0.25, 0.30, 0.35), imagenet=(0.15, 0.20, 0.35, 0.45, 0.60)
)
POISSON_BITS = 12
"""Counts are drawn as one of 2¹² mid-quantiles."""


@register_corruption("gaussian_noise", kinds=("image", "signal", "table"), paper=COMMON_CORRUPTIONS)
def gaussian_noise(x: Array, severity: int, draws: Draws, bounds: Bounds | None) -> Array:
    """Add normal noise.

    On images (n, h, w, c) the deviations are the published ones of their size, in the distance of the bounds. On other
    arrays they are ImageNet-C's in the units of `x`: for standardised features a share of a standard deviation.
    """
    if x.ndim == 4 and bounds is not None:
        return _gaussian_pixels(x, severity, draws, bounds)
    noise = draws.normal("noise", x[:1].size).reshape(x.shape).astype(np.float64)
    return x + GAUSSIAN.imagenet[severity - 1] * noise


@on_pixels
def _gaussian_pixels(pixels: Array, severity: int, draws: Draws) -> Array:
    table = _deviates(GAUSSIAN.of(pixels.shape[1:3], severity))
    return np.add(pixels, _looked_up(table, pixels, draws), dtype=np.int16)


@register_corruption("shot_noise", kinds=("image",), paper=COMMON_CORRUPTIONS)
@on_pixels
def shot_noise(pixels: Array, severity: int, draws: Draws) -> Array:
    """Replace each value by a Poisson count of that mean, as a sensor in little light gives."""
    return shot(pixels, SHOT.of(pixels.shape[1:3], severity), draws)


@register_corruption("impulse_noise", kinds=("image",), paper=COMMON_CORRUPTIONS)
@on_pixels
def impulse_noise(pixels: Array, severity: int, draws: Draws) -> Array:
    """Set a share of the values to the lowest or the highest, each half of the time."""
    return impulses(pixels, IMPULSE.of(pixels.shape[1:3], severity), draws)


@register_corruption("speckle_noise", kinds=("image",), paper=COMMON_CORRUPTIONS)
@on_pixels
def speckle_noise(pixels: Array, severity: int, draws: Draws) -> Array:
    """Add normal noise in proportion to the value."""
    factors = _factors(SPECKLE.of(pixels.shape[1:3], severity))
    return np.asarray(pixels + ((pixels * _looked_up(factors, pixels, draws) + (1 << 15)) >> 16))


@register_corruption("uniform_noise", kinds=("image", "signal", "table"))
def uniform_noise(x: Array, severity: int, draws: Draws, bounds: Bounds | None) -> Array:
    """Replace each value, with a chance of `severity` in 5, by one drawn uniformly from `bounds`.

    At severity 5 nothing of `x` is left: the usual set of noise that lies far out of distribution.
    """
    if bounds is None:
        raise ArgumentError("bounds must be given for uniform_noise, which draws from them. Received: None.")
    size = x[:1].size
    replaced = draws.uniform("replaced", size) < severity / 5
    values = bounds[0] + (bounds[1] - bounds[0]) * draws.uniform("values", size)
    return np.where(replaced.reshape(x.shape), values.reshape(x.shape), x).astype(x.dtype)


def shot(pixels: Array, photons: int, draws: Draws) -> Array:
    """Return planes of Poisson counts; white is `photons` on average."""
    chance = draws.shorts("photons", pixels[:1].size).reshape(pixels.shape)
    place = np.left_shift(pixels, POISSON_BITS, dtype=np.intp)
    place |= chance >> (16 - POISSON_BITS)
    return np.asarray(np.take(_counts(photons), place, mode="clip"))


def impulses(pixels: Array, share: float, draws: Draws) -> Array:
    """Return planes with a share of the values set to 0 or 255."""
    chance = draws.shorts("impulses", pixels[:1].size).reshape(pixels.shape)
    half = round(share * 2**15)
    out = pixels.copy()
    np.copyto(out, 0, where=chance < half)
    np.copyto(out, 255, where=chance >= 2**16 - half)
    return out


def _looked_up(table: Array, pixels: Array, draws: Draws) -> Array:
    chance = draws.shorts("noise", pixels[:1].size).reshape(pixels.shape)
    return np.asarray(np.take(table, chance, mode="clip"))


@lru_cache(maxsize=32)
def _deviates(deviation: float) -> Array:
    """Return normal noise of `deviation` in levels, (65536,) in int16."""
    return np.rint(255 * deviation * normal_quantiles().astype(np.float64)).astype(np.int16)


@lru_cache(maxsize=32)
def _factors(deviation: float) -> Array:
    """Return normal noise of `deviation` in units of 2⁻¹⁶, (65536,) in int32."""
    return np.rint(2**16 * deviation * normal_quantiles().astype(np.float64)).astype(np.int32)


@lru_cache(maxsize=32)
def _counts(photons: int) -> Array:
    """Return the level that a count stands for, (256 · 2¹²,) in uint8, by the pixel's level and the quantile."""
    quantiles = (np.arange(2**POISSON_BITS) + 0.5) / 2**POISSON_BITS
    table = np.empty((256, len(quantiles)), np.uint8)
    most = int(photons + 10 * photons**0.5 + 20)
    number = np.arange(1, most + 1)
    for level in range(256):
        mean = level / 255 * photons
        chances = np.exp(-mean) * np.cumprod(np.concatenate([[1.0], mean / number]))
        counts = np.searchsorted(np.cumsum(chances), quantiles)
        table[level] = np.rint(np.minimum(counts / photons, 1) * 255)
    return table.ravel()
