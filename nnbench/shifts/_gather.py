"""Planes sampled at other places: one index or one pair of coordinates for each pixel of each sample."""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array

STEPS = 8
"""Coordinates have so many bits after the point."""


def gather(planes: Array, index: Array) -> Array:
    """Return planes (n, c, *index.shape[1:]) of the pixels at `index` (n, …), counted along the rows of a plane."""
    n, c, h, w = planes.shape
    flat = index.reshape(n, 1, -1) + (np.arange(n * c) * (h * w)).reshape(n, c, 1)
    return np.asarray(np.take(planes.reshape(-1), flat, mode="clip")).reshape(n, c, *index.shape[1:])


def sample(planes: Array, y: Array, x: Array, border: str, margin: int) -> Array:
    """Return planes (n, c, h, w) read at coordinates y and x (n, h, w) by linear interpolation, as bytes.

    Args:
        planes: (n, c, h, w) bytes.
        y: in pixels, rounded here to steps of 2⁻⁸.
        x: likewise.
        border: the mode of ``numpy.pad`` that says what lies outside.
        margin: how far outside; coordinates beyond are moved there.
    """
    n, c, h, w = planes.shape
    wide = np.pad(planes, ((0, 0), (0, 0), (margin, margin + 1), (margin, margin + 1)), mode=border)  # type: ignore[call-overload]
    line, size = wide.shape[3], wide.shape[2] * wide.shape[3]
    y0, y_part = _split(y, h, margin)
    x0, x_part = _split(x, w, margin)
    index = (y0.astype(np.intp) * line + x0).reshape(n, 1, -1) + (np.arange(n * c) * size).reshape(n, c, 1)
    flat = wide.reshape(-1)
    y_part, x_part = (part.reshape(n, 1, -1) for part in (y_part, x_part))
    top = _between(flat, index, x_part)
    index += line
    low = _between(flat, index, x_part)
    low -= top
    low *= y_part
    top <<= STEPS
    top += low
    top += 1 << (2 * STEPS - 1)
    top >>= 2 * STEPS
    return top.astype(np.uint8).reshape(n, c, *y.shape[1:])


def _split(position: Array, size: int, margin: int) -> tuple[Array, Array]:
    fixed = np.rint(np.clip(position, -margin, size - 1 + margin) * 2**STEPS).astype(np.int32) + (margin << STEPS)
    return fixed >> STEPS, fixed & (2**STEPS - 1)


def _between(flat: Array, index: Array, part: Array) -> Array:
    """Return values between `index` and the place after it, times 2⁸."""
    left = np.take(flat, index, mode="clip").astype(np.int32)
    right = np.take(flat[1:], index, mode="clip").astype(np.int32)
    right -= left
    right *= part
    left <<= STEPS
    left += right
    return left
