"""Blurs: out of focus, frosted glass, motion, zoom, and a Gaussian; of Hendrycks & Dietterich (2019)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.robustness import register_corruption
from nnbench.shifts._draws import Draws
from nnbench.shifts._filters import Padded, Taps, smooth, tap_weights, weighted_shifts, whole, zoom_matrix
from nnbench.shifts._gather import gather
from nnbench.shifts._motion import angles, motion_blur_planes
from nnbench.shifts._papers import COMMON_CORRUPTIONS
from nnbench.shifts._pixels import Constants, on_planes

# Radius of the disk, and deviation of the Gaussian that softens its rim.
DEFOCUS = Constants(
    cifar=((0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1, 0.2), (1.5, 0.1)),
    tiny=((0.5, 0.6), (1, 0.1), (1.5, 0.1), (2.5, 0.01), (3, 0.1)),
    imagenet=((3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5)),
)
# Deviation of the blur before and after, reach of an exchange, rounds.
GLASS = Constants(
    cifar=((0.05, 1, 1), (0.25, 1, 1), (0.4, 1, 1), (0.25, 1, 2), (0.4, 1, 2)),
    tiny=((0.1, 1, 1), (0.5, 1, 1), (0.6, 1, 2), (0.7, 2, 1), (0.9, 2, 2)),
    imagenet=((0.7, 1, 2), (0.9, 2, 1), (1, 2, 3), (1.1, 3, 2), (1.5, 4, 2)),
)
# Radius and deviation.
MOTION = Constants(
    cifar=((6, 1), (6, 1.5), (6, 2), (8, 2), (9, 2.5)),
    tiny=((10, 1), (10, 1.5), (10, 2), (10, 2.5), (12, 3)),
    imagenet=((10, 3), (15, 5), (15, 8), (15, 12), (20, 15)),
)
# Largest magnification (exclusive) and step.
ZOOM = Constants(
    cifar=((1.06, 0.01), (1.11, 0.01), (1.16, 0.01), (1.21, 0.01), (1.26, 0.01)),
    tiny=((1.06, 0.01), (1.11, 0.01), (1.16, 0.01), (1.21, 0.01), (1.26, 0.01)),
    imagenet=((1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03)),
)
GAUSSIAN = Constants(cifar=(0.4, 0.6, 0.7, 0.8, 1), tiny=(0.5, 0.75, 1, 1.25, 1.5), imagenet=(1, 2, 3, 4, 6))

MOST_TAPS = 25
ZOOM_BITS = 6
SPARSE = 64 * 64
"""Up to so many pixels a zoom blur is one sparse matrix over all of them, which is the faster way."""


@register_corruption("gaussian_blur", kinds=("image",), paper=COMMON_CORRUPTIONS)
@on_planes
def gaussian_blur(planes: Array, severity: int, _draws: Draws) -> Array:
    """Blur by a Gaussian."""
    return smooth(planes, GAUSSIAN.of(planes.shape[2:], severity))


@register_corruption("defocus_blur", kinds=("image",), paper=COMMON_CORRUPTIONS)
@on_planes
def defocus_blur(planes: Array, severity: int, _draws: Draws) -> Array:
    """Blur by a disk with a soft rim, as a lens out of focus does."""
    radius, rim = DEFOCUS.of(planes.shape[2:], severity)
    taps = _disk_taps(radius, rim)
    if len(taps) <= MOST_TAPS:
        return weighted_shifts(planes, taps, "reflect")
    return _disk_mean(weighted_shifts(planes, _rim_taps(radius, rim), "reflect"), radius, _gain(radius, rim))


# From severity to severity, now the blur grows and now the number of copies.
@register_corruption("glass_blur", kinds=("image",), paper=COMMON_CORRUPTIONS, graded=False)
@on_planes
def glass_blur(planes: Array, severity: int, draws: Draws) -> Array:
    """Blur, replace pixels by close ones at random, and blur again, as frosted glass does.

    The reference means to exchange pixels; on colour images, of which the published sets consist, its assignment
    copies instead. So does this, on grey images too.
    """
    sigma, reach, rounds = GLASS.of(planes.shape[2:], severity)
    planes = smooth(planes, sigma)
    for turn in range(rounds):
        planes = gather(planes, _copies(planes.shape[2:], reach, draws, f"round {turn}"))
    return smooth(planes, sigma)


@register_corruption("motion_blur", kinds=("image",), paper=COMMON_CORRUPTIONS)
@on_planes
def motion_blur(planes: Array, severity: int, draws: Draws) -> Array:
    """Blur along a line of −45° to 45°, as a moving camera does."""
    radius, sigma = MOTION.of(planes.shape[2:], severity)
    return motion_blur_planes(planes, radius, sigma, angles(draws, -45, 45))


@register_corruption("zoom_blur", kinds=("image",), paper=COMMON_CORRUPTIONS)
@on_planes
def zoom_blur(planes: Array, severity: int, _draws: Draws) -> Array:
    """Average the image over magnifications, as a camera that moves forward does."""
    stop, step = ZOOM.of(planes.shape[2:], severity)
    h, w = planes.shape[2:]
    # Centred on 0, a sum of 27 products of 7 bits of pixel and 12 of weight is exact in float32.
    centred = planes.astype(np.float32) - np.float32(128)
    total = _zoomed_sparsely(centred, stop, step) if h * w <= SPARSE else _zoomed_by_axes(centred, stop, step)
    scale = 2 ** (2 * ZOOM_BITS)
    centred *= np.float32(scale)
    total += centred
    total *= np.float32(1 / ((len(_factors(stop, step)) + 1) * scale))
    total += np.float32(128)
    return total


def _disk_kernel(radius: float) -> Array:
    reach = np.arange(-8, 9) if radius <= 8 else np.arange(-radius, radius + 1)
    kernel = (reach[:, None] ** 2 + reach[None] ** 2 <= radius**2).astype(np.float64)
    return np.asarray(kernel / kernel.sum())


def _rim_kernel(radius: float, rim: float) -> Array:
    reach = np.arange(-1, 2) if radius <= 8 else np.arange(-2, 3)
    weights = np.exp(-np.square(reach) / (2 * rim**2))
    return np.asarray(np.outer(weights, weights) / weights.sum() ** 2)


@lru_cache(maxsize=64)
def _disk_taps(radius: float, rim: float) -> Taps:
    from scipy.ndimage import convolve

    return _taps(convolve(np.pad(_disk_kernel(radius), 2), _rim_kernel(radius, rim), mode="constant"))


@lru_cache(maxsize=64)
def _rim_taps(radius: float, rim: float) -> Taps:
    return _taps(_rim_kernel(radius, rim))


def _taps(kernel: Array) -> Taps:
    reach = len(kernel) // 2
    weights = tap_weights(kernel.ravel()).reshape(kernel.shape)
    return tuple((int(y) - reach, int(x) - reach, int(weights[y, x])) for y, x in np.argwhere(weights))


@lru_cache(maxsize=64)
def _gain(radius: float, rim: float) -> float:
    """Return what the weights of the reference add to.

    It softens the kernel's rim within a frame that the largest disks touch, mirrored; with these they exceed 1.
    """
    from scipy.ndimage import convolve

    return float(convolve(_disk_kernel(radius), _rim_kernel(radius, rim), mode="mirror").sum())


def _disk_mean(planes: Array, radius: float, gain: float) -> Array:
    """Return the mean over a disk of whole radius: line by line a difference of running sums."""
    reach = int(radius)
    padded = Padded(planes, (reach, reach), (reach + 1, reach + 1), "reflect")
    total, count = padded.disk_sum([int((radius**2 - y**2) ** 0.5) for y in range(-reach, reach + 1)])
    return padded.cut(np.minimum(np.rint(total.astype(np.float32) * np.float32(gain / count)), 255))


def _copies(size: tuple[int, ...], reach: int, draws: Draws, stream: str) -> Array:
    """Return which pixel each pixel ends up as, (n, h, w), after one round of copies.

    The pixels take turns, from the last to the first; what they read may have been replaced before.
    """
    h, w = size
    shifts = (draws.shorts(stream, 2 * h * w).astype(np.int32) * (2 * reach) >> 16) - reach
    shifts = shifts.reshape(-1, 2, h, w)
    takes_turn = np.zeros((h, w), np.int32)
    takes_turn[reach + 1 : h - reach + 1, reach + 1 : w - reach + 1] = 1
    own = np.arange(h * w, dtype=np.int32)
    source = own + ((shifts[:, 0] * np.int32(w) + shifts[:, 1]) * takes_turn).reshape(-1, h * w)
    if reach > 1:  # otherwise no pixel reads one that took its turn
        source = _resolved(source, source > own)
    return source.reshape(-1, h, w)


def _resolved(source: Array, replaced: Array) -> Array:
    """Return where each pixel (n, k) comes from, following those that read pixels that were `replaced` before."""
    first = (np.arange(len(source)) * source.shape[1])[:, None]
    while replaced.any():
        place = source + first
        source = np.where(replaced, np.take(source, place), source)
        replaced = replaced & np.take(replaced, place)
    return source


def _factors(stop: float, step: float) -> Array:
    return np.arange(1, stop, step)


def _zoomed_sparsely(planes: Array, stop: float, step: float) -> Array:
    """Return the sum of the magnifications, by one sparse matrix over all pixels."""
    columns = np.ascontiguousarray(planes.reshape(-1, planes.shape[2] * planes.shape[3]).T)
    return np.ascontiguousarray((_zoom_matrix(*planes.shape[2:], stop, step) @ columns).T).reshape(planes.shape)


def _zoomed_by_axes(planes: Array, stop: float, step: float) -> Array:
    """Return the sum of the magnifications, each by a matrix over rows and one over columns."""
    n, c, h, w = planes.shape
    rows, columns = _zoom_factors(h, w, stop, step)
    across = np.matmul(planes.reshape(n * c, 1, h, w), columns)
    return np.asarray(np.matmul(rows, across.reshape(n * c, -1, w))).reshape(planes.shape)


@lru_cache(maxsize=16)
def _zoom_factors(h: int, w: int, stop: float, step: float) -> tuple[Array, Array]:
    """Return the magnifications as rows (h, k · h) and columns (k, w, w), in whole units, in float32."""
    rows, columns = ([_magnified(size, factor) for factor in _factors(stop, step)] for size in (h, w))
    return np.concatenate(rows, axis=1).astype(np.float32), np.stack([m.T for m in columns]).astype(np.float32)


@lru_cache(maxsize=16)
def _zoom_matrix(h: int, w: int, stop: float, step: float) -> Any:
    """Return the sum of the magnifications as a sparse matrix (h · w, h · w), in whole units, in float32."""
    from scipy.sparse import csr_array, kron

    pairs = [(_magnified(h, factor), _magnified(w, factor)) for factor in _factors(stop, step)]
    return sum(kron(csr_array(rows), csr_array(columns), format="csr") for rows, columns in pairs).astype(np.float32)


def _magnified(size: int, factor: float) -> Array:
    crop = zoom_matrix(size, factor)
    matrix = np.zeros((size, size))
    top = (size - crop.shape[1]) // 2
    matrix[:, top : top + crop.shape[1]] = crop
    return whole(matrix, ZOOM_BITS)
