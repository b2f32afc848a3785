"""Images as corruptions see them: bytes in planes, and the constants that belong to their size.

The published sets are made of images of 256 levels and stored as such, so that is what is corrupted here: values are
rounded to the 256 levels between the bounds, and so are the results. Between the two everything is whole numbers, or
floats in which they are exact, so that the result is the same to the bit on every machine. (The references truncate
where this rounds.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any, Generic, TypeVar

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.shifts._draws import Draws

SMALLEST = 8
LEVELS = 256
SHARE_BITS = 6
"""Twice 255, in so many steps of a level, is as much as int16 holds."""
SLACK = 1e-5
"""How far beyond the bounds, as a share of their distance, rounding may take an input."""

Bounds = tuple[float, float]
OnPixels = Callable[[Array, int, Draws], Array]
Corruption = Callable[[Array, int, Draws, Bounds | None], Array]
C = TypeVar("C")


@dataclass(frozen=True)
class Constants(Generic[C]):
    """Five constants, by severity, of each published set.

    An image has those of the set whose images are nearest in size, by the ratio of areas: CIFAR-10-C's (32 × 32) below
    an area of 32 · 64, Tiny-ImageNet-C's (64 × 64) below 64 · 224, ImageNet-C's (224 × 224) from there on. Lengths are
    pixels, as published; where a reference states a share of the side, it is a share here too.
    """

    cifar: tuple[C, C, C, C, C]
    tiny: tuple[C, C, C, C, C]
    imagenet: tuple[C, C, C, C, C]

    def of(self, size: tuple[int, ...], severity: int) -> C:
        """Return the constant for images of a size (height, width)."""
        area = size[0] * size[1]
        table = self.cifar if area < 32 * 64 else self.tiny if area < 64 * 224 else self.imagenet
        return table[severity - 1]


def on_pixels(function: OnPixels) -> Corruption:
    """Make a corruption of images from ``function(pixels, severity, draws) -> pixels``.

    Pixels are (n, h, w, c) bytes; those that come back may be of any type, and are rounded and clipped to bytes.
    """

    @wraps(function)
    def apply(x: Array, severity: int, draws: Draws, bounds: Bounds | None) -> Array:
        known = _checked(function.__name__, x, bounds)
        pixels = to_levels(x, known)
        return from_levels(as_bytes(function(pixels, severity, draws)), x.dtype, known)

    return apply


def on_planes(function: OnPixels) -> Corruption:
    """Make a corruption of images from ``function(planes, severity, draws) -> planes``, of (n, c, h, w) bytes."""

    @wraps(function)
    def through_planes(pixels: Array, severity: int, draws: Draws) -> Array:
        planes = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))
        changed = as_bytes(function(planes, severity, draws))
        out = np.empty(pixels.shape, np.uint8)
        for channel in range(pixels.shape[3]):  # several times faster than one copy of a transposed view
            out[..., channel] = changed[:, channel]
        return out

    return on_pixels(through_planes)


def to_levels(x: Array, bounds: Bounds) -> Array:
    """Return `x` rounded to the 256 levels between `bounds`, in uint8."""
    low, high = bounds
    if x.dtype == np.uint8 and (low, high) == (0, LEVELS - 1):
        return x
    slack = SLACK * (high - low)
    if x.size and not (x.min() >= low - slack and x.max() <= high + slack):
        raise ArgumentError(f"x must lie within bounds {bounds}. Received: values from {x.min()} to {x.max()}.")
    wide = x if x.dtype.kind == "f" and x.dtype.itemsize >= 4 else x.astype(np.float64)
    scaled = wide * wide.dtype.type((LEVELS - 1) / (high - low))
    if low:
        scaled = (wide - wide.dtype.type(low)) * wide.dtype.type((LEVELS - 1) / (high - low))
    return np.clip(np.rint(scaled), 0, LEVELS - 1).astype(np.uint8)


def from_levels(levels: Array, dtype: np.dtype[Any], bounds: Bounds) -> Array:
    """Return the values that levels (uint8) stand for."""
    low, high = bounds
    if dtype == np.uint8 and (low, high) == (0, LEVELS - 1):
        return levels
    values = low + (high - low) * (np.arange(LEVELS) / (LEVELS - 1))
    table = (np.rint(values) if dtype.kind in "iu" else values).astype(dtype)
    return np.asarray(np.take(table, levels, mode="clip"))


def as_bytes(values: Array) -> Array:
    """Return `values` rounded and clipped to 0 … 255, in uint8; the array itself may be changed."""
    if values.dtype == np.uint8:
        return values
    if values.dtype.kind == "f":
        np.rint(values, out=values)
    return np.clip(values, 0, LEVELS - 1, out=values).astype(np.uint8)


def shares(levels: Array, share: float) -> Array:
    """Return `share` of levels (uint8) in steps of 2^-SHARE_BITS, in int16; `share` is at most 2."""
    return np.asarray(np.take(_shares(share), levels, mode="clip"))


@lru_cache(maxsize=64)
def _shares(share: float) -> Array:
    return np.asarray(np.rint(share * np.arange(LEVELS) * 2**SHARE_BITS), np.int16)


def _checked(name: str, x: Array, bounds: Bounds | None) -> Bounds:
    if bounds is None:
        raise ArgumentError(f"bounds must be given for {name}, which works on images. Received: None.")
    if x.ndim != 4 or min(x.shape[1:3]) < SMALLEST or x.shape[3] < 1:
        raise ArgumentError(
            f"x must be images (n, height, width, channels) of at least {SMALLEST} by {SMALLEST} for {name}. "
            f"Received: {x.shape}."
        )
    return bounds
