"""Pooling as PyTorch does it, of maps (batch, h, w, c)."""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras


def padded_max(x: Any, *, name: str) -> Any:
    """Return the maxima of 3×3 windows at every second pixel, with one row of padding: (batch, ⌈h/2⌉, ⌈w/2⌉, c).

    Args:
        x: maps without negative values, so that the zeros of the padding change no maximum.
    """
    return keras.layers.MaxPooling2D(3, strides=2, name=name)(keras.layers.ZeroPadding2D(1)(x))


def ceiling_max(x: Any, *, name: str) -> Any:
    """Return the maxima of 3×3 windows at every second pixel, the last ones cut at the edge: (batch, ⌊h/2⌋, ⌊w/2⌋, c).

    Args:
        x: maps without negative values, as in `padded_max`, with sides of at least 2.
    """
    after = [(0, 1 - side % 2) for side in x.shape[1:3]]
    if any(end for _, end in after):
        x = keras.layers.ZeroPadding2D(tuple(after))(x)
    return keras.layers.MaxPooling2D(3, strides=2, name=name)(x)


def adaptive_average(x: Any, side: int) -> Any:
    """Return the averages of `side` × `side` windows that cover the maps: (batch, side, side, c).

    Window i of n pixels reaches from ⌊i·n/side⌋ to ⌈(i+1)·n/side⌉, so that windows overlap where `side` does not divide
    n, and repeat pixels where n is smaller.
    """
    for axis in (1, 2):
        n = x.shape[axis]
        if n != side:
            windows = [(i * n // side, -((i + 1) * n // -side)) for i in range(side)]
            parts = [keras.ops.mean(_between(x, axis, *window), axis=axis, keepdims=True) for window in windows]
            x = keras.ops.concatenate(parts, axis=axis)
    return x


def _between(x: Any, axis: int, start: int, stop: int) -> Any:
    return x[:, start:stop] if axis == 1 else x[:, :, start:stop]
