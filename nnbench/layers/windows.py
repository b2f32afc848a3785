"""Attention within square windows of a feature map.

Liu et al. (2021), https://arxiv.org/abs/2103.14030, section 3.2. Shapes: B batch, H and W the sides of the map, C
channels, N windows, S positions of a window, A heads.
"""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Sides = tuple[int, int]

UNRELATED = -100.0
"""Added to the scores of positions that a shift brought into one window from opposite sides of the map."""


@keras.saving.register_keras_serializable(package="nnbench")
class WindowAttention(keras.layers.Layer):  # type: ignore[misc]
    """Multi-head attention within windows, with a learned bias for each offset between two positions.

    Maps (B, H, W, C) to the same shape. Sides that the window does not divide are padded with zeros at their ends. A
    shifted layer moves the window grid; along a side that holds one window only, it does not.

    Args:
        heads: A; they divide C.
        window: side of the windows.
        shift: by how much the grid is moved down and to the right, below `window`.
        initializer: of the kernels and of the table of biases.
    """

    def __init__(self, heads: int, window: int, shift: int = 0, initializer: Any = "glorot_uniform", **options: Any):
        super().__init__(**options)
        self.heads = heads
        self.window = window
        self.shift = shift
        self.initializer = keras.initializers.get(initializer)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the weights: C·3C and C·C kernels with biases, and a table of ((2·window - 1)², A)."""
        width = input_shape[-1] or 0
        self.qkv = self._dense(3 * width, "qkv")
        self.qkv.build(input_shape)
        self.projection = self._dense(width, "projection")
        self.projection.build(input_shape)
        offsets = (2 * self.window - 1) ** 2
        self.table = self.add_weight(shape=(offsets, self.heads), initializer=self._fresh(), name="table")
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return what each position gathers from its window, (B, H, W, C)."""
        ops = keras.ops
        height, width, channels = inputs.shape[1:]
        sides = self._padded(height, width)
        shifts = self._shifts(sides)
        padding = ((0, 0), (0, sides[0] - height), (0, sides[1] - width), (0, 0))
        x = inputs if sides == (height, width) else ops.pad(inputs, padding)
        x = ops.roll(x, tuple(-s for s in shifts), axis=(1, 2)) if any(shifts) else x
        x = self._attended(self._partitioned(x, sides), sides, shifts)
        x = self._merged(x, sides, channels)
        x = ops.roll(x, shifts, axis=(1, 2)) if any(shifts) else x
        return x if sides == (height, width) else x[:, :height, :width]

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return `input_shape`."""
        return input_shape

    def flops(self, *input_shapes: tuple[int, ...]) -> int:
        """Return two for each multiply-add of the projections and of the products of queries, keys and values."""
        batch, height, width, channels = input_shapes[0]
        positions = batch * math.prod(self._padded(height, width))
        return 2 * positions * channels * (4 * channels + 2 * self.window**2)

    def get_config(self) -> dict[str, Any]:
        """Return what the constructor needs."""
        own = {"heads": self.heads, "window": self.window, "shift": self.shift}
        return {**super().get_config(), **own, "initializer": keras.initializers.serialize(self.initializer)}

    def _dense(self, units: int, name: str) -> Any:
        return keras.layers.Dense(units, kernel_initializer=self._fresh(), dtype=self.dtype_policy, name=name)

    def _fresh(self) -> Any:
        # An initialiser draws the same numbers each time it is called.
        return self.initializer.__class__.from_config(self.initializer.get_config())

    def _padded(self, height: int, width: int) -> Sides:
        return -(-height // self.window) * self.window, -(-width // self.window) * self.window

    def _shifts(self, sides: Sides) -> Sides:
        height, width = (self.shift if side > self.window else 0 for side in sides)
        return height, width

    def _partitioned(self, x: Any, sides: Sides) -> Any:
        """Return (B, S, N, C) of a map (B, H, W, C)."""
        rows, columns = (side // self.window for side in sides)
        x = keras.ops.reshape(x, (-1, rows, self.window, columns, self.window, x.shape[-1]))
        x = keras.ops.transpose(x, (0, 2, 4, 1, 3, 5))
        return keras.ops.reshape(x, (-1, self.window**2, rows * columns, x.shape[-1]))

    def _merged(self, x: Any, sides: Sides, channels: int) -> Any:
        """Return the map (B, H, W, C) of windows (B, S, N, C)."""
        rows, columns = (side // self.window for side in sides)
        x = keras.ops.reshape(x, (-1, self.window, self.window, rows, columns, channels))
        x = keras.ops.transpose(x, (0, 3, 1, 4, 2, 5))
        return keras.ops.reshape(x, (-1, *sides, channels))

    def _attended(self, x: Any, sides: Sides, shifts: Sides) -> Any:
        """Return (B, S, N, C): each window of `x` is a group of heads of one fused attention over S positions."""
        size, windows, channels = x.shape[1:]
        heads = (-1, size, windows * self.heads, channels // self.heads)
        q, k, v = (keras.ops.reshape(part, heads) for part in keras.ops.split(self.qkv(x), 3, axis=-1))
        x = keras.ops.dot_product_attention(q, k, v, bias=self._bias(sides, shifts, windows))
        return self.projection(keras.ops.reshape(x, (-1, size, windows, channels)))

    def _bias(self, sides: Sides, shifts: Sides, windows: int) -> Any:
        """Return what is added to the scores, (1, N·A, S, S)."""
        size = self.window**2
        bias = keras.ops.take(keras.ops.cast(self.table, self.compute_dtype), offset_numbers(self.window), axis=0)
        bias = keras.ops.transpose(keras.ops.reshape(bias, (1, size, size, self.heads)), (0, 3, 1, 2))
        if any(shifts):
            unrelated = UNRELATED * unrelated_positions(sides, self.window, shifts)
            bias = bias + keras.ops.cast(unrelated[:, None], self.compute_dtype)
        bias = keras.ops.broadcast_to(bias, (windows, self.heads, size, size))
        return keras.ops.reshape(bias, (1, windows * self.heads, size, size))


def offset_numbers(window: int) -> Array:
    """Return for each pair of positions of a window the number of its offset, int32 (S·S,) in 0 … (2·window - 1)² - 1.

    Offsets are numbered row by row, from that of the first position to the last one.
    """
    rows, columns = np.divmod(np.arange(window**2), window)
    down = rows[:, None] - rows[None] + window - 1
    right = columns[:, None] - columns[None] + window - 1
    return np.asarray(down * (2 * window - 1) + right, "int32").ravel()


def unrelated_positions(sides: Sides, window: int, shifts: Sides) -> Array:
    """Return for each window of a map that was moved by `shifts` which pairs were not neighbours: (N, S, S) of 0 and 1.

    Args:
        sides: multiples of `window`.
    """
    down, right = (_parts(side, window, shift) for side, shift in zip(sides, shifts, strict=True))
    part = 3 * down[:, None] + right[None]
    rows, columns = (side // window for side in sides)
    part = part.reshape(rows, window, columns, window).transpose(0, 2, 1, 3).reshape(rows * columns, window**2)
    return np.asarray(part[:, :, None] != part[:, None], "float32")


def _parts(side: int, window: int, shift: int) -> Array:
    """Number the parts of a side that stay neighbours: those of whole windows, and both pieces of the last window."""
    position = np.arange(side)
    return (position >= side - window).astype(int) + (position >= side - shift) if shift else np.zeros(side, int)
