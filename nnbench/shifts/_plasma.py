"""Plasma fractals by the diamond-square algorithm, as the reference of fog makes them, for many samples at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnbench.core.dataset import Array
from nnbench.shifts._draws import Draws

POINTS_AT_ONCE = 1 << 19


def plasma(draws: Draws, side: int, decay: float, h: int, w: int) -> Array:
    """Return maps (n, h, w) of values in [0, 1], in float32: the corner of square maps that wrap around.

    Args:
        side: of the square, a power of two; its lowest value is 0 and its highest 1.
        decay: by how much the swing shrinks when the distance of points is halved; above 1.
    """
    parts = [_squares(part, side, decay)[:, :h, :w] for part in _chunks(draws, side)]
    return np.concatenate(parts) if parts else np.empty((0, h, w), np.float32)


def side_for(h: int, w: int) -> int:
    """Return the smallest power of two that is no less than either."""
    return 1 << (max(h, w) - 1).bit_length()


def _chunks(draws: Draws, side: int) -> Iterator[Draws]:
    size = max(1, POINTS_AT_ONCE // side**2)
    for start in range(0, len(draws.samples), size):
        yield Draws(draws.seed, draws.name, draws.samples[start : start + size])


def _squares(draws: Draws, side: int, decay: float) -> Array:
    n = len(draws.samples)
    bits = draws.shorts("plasma", side * side).astype(np.int32)
    numbers = (2 * bits - 65535).astype(np.float32) * np.float32(2**-16)
    field = np.zeros((n, side, side), np.float32)
    step, swing, used = side, 100.0, 1

    def wobbled(total: Array) -> Array:
        nonlocal used
        size = total[0].size
        noise = numbers[:, used : used + size].reshape(total.shape)
        used += size
        return total * np.float32(0.25) + noise * np.float32(swing * swing)

    while step >= 2:
        half = step // 2
        corners = field[:, ::step, ::step]
        pairs = corners + np.roll(corners, -1, axis=1)
        centres = wobbled(pairs + np.roll(pairs, -1, axis=2))
        field[:, half::step, half::step] = centres
        field[:, ::step, half::step] = wobbled(
            centres + np.roll(centres, 1, axis=1) + (corners + np.roll(corners, -1, axis=2))
        )
        field[:, half::step, ::step] = wobbled(
            centres + np.roll(centres, 1, axis=2) + (corners + np.roll(corners, -1, axis=1))
        )
        step, swing = half, swing / decay
    field -= field.min(axis=(1, 2), keepdims=True)
    field /= field.max(axis=(1, 2), keepdims=True)
    return field
