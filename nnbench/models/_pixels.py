"""The two ends of networks that make and judge images: pixels within any bounds, as −1 to 1 inside."""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape
from nnbench.models._outputs import output_dtype

Bounds = tuple[float, float]

UNIT = (-1.0, 1.0)


def centred(x: Any, bounds: Bounds) -> Any:
    """Return pixels `x` that lie within `bounds`, moved to lie within −1 and 1."""
    low, high = bounds
    if bounds == UNIT:
        return x
    return keras.layers.Rescaling(2 / (high - low), -(high + low) / (high - low), name="rescaled")(x)


def within(x: Any, input_shape: Shape, bounds: Bounds) -> Any:
    """Return pixels `x` that lie within −1 and 1, moved to lie within `bounds`, as images (batch, *input_shape)."""
    low, high = bounds
    if bounds != UNIT:
        x = keras.layers.Rescaling((high - low) / 2, (high + low) / 2, dtype=output_dtype(), name="rescaled")(x)
    if x.shape[1:] == input_shape:
        return x
    return keras.layers.Reshape(input_shape, dtype=output_dtype(), name="samples")(x)


def channels(input_shape: Shape) -> int:
    """Return the channels of an image (h, w) or (h, w, c)."""
    return int((*input_shape, 1)[2] or 1)
