"""Linear filters over planes of bytes, exact in whole numbers.

Weights are rounded to units so small that the sums still fit the type that holds them; no rounding depends on the order
of the sums, and so none on the machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np

from nnbench.core.dataset import Array

FINE = 12
"""Bits of a weight in `smooth`: 8 + 4 bits of pixel and 12 of weight are the 24 that float32 holds exactly."""
FIELD = 20
"""Bits of a weight in `smooth_field`, of the 53 that float64 holds."""

MOST = 257
"""Weights may add to so much: times 255 it is what 16 bits hold."""

Taps = Sequence[tuple[int, int, int]]
"""Offset in y and x, and weight as a share of the sum of the weights, which is at most `MOST`."""


def smooth(planes: Array, sigma: float) -> Array:
    """Return planes (n, c, h, w) blurred by a Gaussian of `sigma` pixels, as bytes.

    Cut at 4 sigma, with edges repeated, as scikit-image's ``gaussian`` does.
    """
    if _changes_no_level(sigma):
        return planes
    rows, columns = (gaussian_matrix(size, sigma, 4.0, "edge", FINE).astype(np.float32) for size in planes.shape[2:])
    across = np.rint(planes.astype(np.float32) @ columns.T * np.float32(2**-8))
    return np.asarray(np.rint(rows @ across * np.float32(2**-16)), np.uint8)


@cache
def _changes_no_level(sigma: float) -> bool:
    """Return whether a Gaussian leaves so much weight on the pixel itself that all bytes round back to themselves."""
    radius = int(4 * sigma + 0.5)
    aside = 2 * sum(math.exp(-0.5 * (step / sigma) ** 2) for step in range(1, radius + 1))
    return 255 * (1 - (1 + aside) ** -2) < 0.49


def smooth_field(field: Array, sigma: float, truncate: float = 3.0, border: str = "symmetric") -> Array:
    """Return whole numbers (n, h, w) of at most 12 bits blurred by a Gaussian of `sigma`, in float64 and exact.

    Cut at 3 sigma, mirrored at the edges, as the reference of elastic transforms does, or as stated.
    """
    if int(truncate * sigma + 0.5) == 0:
        return field.astype(np.float64)
    rows, columns = (gaussian_matrix(size, sigma, truncate, border, FIELD) for size in field.shape[1:])
    return np.asarray(rows @ (field.astype(np.float64) @ columns.T) * 2.0 ** (-2 * FIELD))


@lru_cache(maxsize=64)
def gaussian_matrix(size: int, sigma: float, truncate: float, border: str, bits: int) -> Array:
    """Return the matrix (size, size) of a Gaussian filter in whole units of 2^-bits.

    Args:
        truncate: where the filter is cut, in sigmas.
        border: ``"edge"``, ``"symmetric"`` or ``"constant"``, of what lies outside; each row adds to 2^bits, or with
            ``"constant"`` to the share of the weight that lies inside.
    """
    radius = int(truncate * sigma + 0.5)
    weights = np.exp(-0.5 * np.square(np.arange(-radius, radius + 1) / sigma))
    matrix = np.zeros((size, size + 1))
    outside = {"constant_values": size} if border == "constant" else {}
    inside = np.pad(np.arange(size), radius, mode=border, **outside)  # type: ignore[call-overload]
    for tap, weight in enumerate(weights / weights.sum()):
        np.add.at(matrix, (np.arange(size), inside[tap : tap + size]), weight)
    return whole(matrix[:, :size], bits)


def whole(matrix: Array, bits: int) -> Array:
    """Return a matrix of weights in whole units of 2^-bits, in float64, whose rows add to what they should."""
    units = np.rint(matrix * 2**bits)
    missing = np.rint(matrix.sum(axis=1) * 2**bits) - units.sum(axis=1)
    units[np.arange(len(units)), matrix.argmax(axis=1)] += missing
    return np.asarray(units)


def zoom_matrix(size: int, factor: float) -> Array:
    """Return the matrix (size, crop) that magnifies the middle of an axis, linearly, as ``scipy.ndimage.zoom`` does.

    `crop` is ⌈size / factor⌉, the length of the middle that is magnified.
    """
    crop = math.ceil(size / factor)
    zoomed = round(crop * factor)
    position = (np.arange(size) + (zoomed - size) // 2) * ((crop - 1) / (zoomed - 1))
    left = np.minimum(position.astype(np.int64), crop - 2)
    matrix = np.zeros((size, crop))
    matrix[np.arange(size), left] = 1 - (position - left)
    matrix[np.arange(size), left + 1] += position - left
    return matrix


def tap_weights(weights: Array) -> Array:
    """Return weights (k,) that add to 1 as whole shares of the sum up to `MOST` that suits them best."""
    sums = np.arange(MOST // 2, MOST + 1)
    units = np.stack([whole(np.asarray(weights, np.float64)[None] * total, 0)[0] for total in sums])
    errors = np.abs(units / sums[:, None] - weights).max(axis=1)
    return np.asarray(units[np.round(errors, 9).argmin()], np.int64)


def weighted_shifts(planes: Array, taps: Taps, border: str) -> Array:
    """Return planes (n, c, h, w) filtered by a few taps, as bytes.

    Args:
        border: the mode of ``numpy.pad``, ``"reflect"`` or ``"edge"``.
    """
    margin = max(max(abs(y), abs(x)) for y, x, _ in taps)
    padded = Padded(planes, (margin, margin), (margin, margin), border)
    return padded.cut(shares_of(padded.shifted_sum(taps), sum(weight for _, _, weight in taps)))


def shares_of(total: Array, weights: int) -> Array:
    """Return sums divided by the sum of the weights, rounded, in float32."""
    levels = total * np.float32(1 / weights)
    return np.rint(levels, out=levels)


class Padded:
    """Planes with margins, in one row: a shift in two dimensions is one in memory, and a filter a sum of slices.

    What the slices take from a neighbouring line or plane falls in the margins, which `cut` removes.
    """

    def __init__(self, planes: Array, above_below: tuple[int, int], left_right: tuple[int, int], border: str) -> None:
        wide = np.pad(planes, ((0, 0), (0, 0), above_below, left_right), mode=border)  # type: ignore[call-overload]
        self.line = wide.shape[3]
        self._planes = planes.shape
        self._above, self._left = above_below[0], left_right[0]
        self._shape = wide.shape
        self._reach = (max(above_below) + 1) * self.line
        self._row = np.zeros(wide.size + 2 * self._reach, np.uint16)
        self._row[self._reach : self._reach + wide.size] = wide.ravel()

    def shifted_sum(self, taps: Taps) -> Array:
        """Return Σ weight · shifted planes, with their margins, in one row of uint16."""
        size = len(self._row) - 2 * self._reach
        total, part = np.zeros(size, np.uint16), np.empty(size, np.uint16)
        for weight in dict.fromkeys(tap[2] for tap in taps):
            part[:] = 0
            for y, x in (tap[:2] for tap in taps if tap[2] == weight):
                begin = self._reach + y * self.line + x
                part += self._row[begin : begin + size]
            part *= np.uint16(weight)
            total += part
        return total

    def moved_sum(self, offsets: Array, weights: Sequence[int]) -> Array:
        """Return Σ weight · shifted samples, each by its own offsets (n, taps), as planes of uint16."""
        n, c, h, w = self._planes
        size = h * self.line
        windows = np.lib.stride_tricks.sliding_window_view(self._row, size)
        corners = np.arange(n * c).reshape(n, c) * (self._shape[2] * self.line)
        corners += self._reach + self._above * self.line + self._left
        total = np.zeros((n * c, size), np.uint16)
        for tap, weight in enumerate(weights):
            part = windows[(corners + offsets[:, tap, None]).ravel()]
            part *= np.uint16(weight)
            total += part
        return total.reshape(n, c, h, self.line)[..., :w]

    def disk_sum(self, half_widths: Sequence[int]) -> tuple[Array, int]:
        """Return the sum over lines of a disk, from top to bottom, with margins, in one row; and how many are summed.

        Differences of running sums are right even where the sums exceed 32 bits.
        """
        running = np.cumsum(self._row, dtype=np.uint32)
        size = len(self._row) - 2 * self._reach
        total = np.zeros(size, np.uint32)
        for y, half in enumerate(half_widths, -(len(half_widths) // 2)):
            begin = self._reach + y * self.line
            total += running[begin + half : begin + half + size]
            total -= running[begin - half - 1 : begin - half - 1 + size]
        return total, sum(2 * half + 1 for half in half_widths)

    def cut(self, row: Array) -> Array:
        """Return the planes of a row, without margins, as bytes (n, c, h, w)."""
        h, w = self._planes[2:]
        inside = row.reshape(self._shape)[:, :, self._above : self._above + h, self._left : self._left + w]
        return inside.astype(np.uint8)
