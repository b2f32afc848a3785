"""Inputs for any network."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.lazy import keras
from nnbench.core.model import Shape

SEED = 0
SAMPLES = 4


def samples(network: Any, n: int = SAMPLES) -> Any:
    """Return `n` seeded inputs (n, *shape) of a network: normal values, or whole numbers 0 and 1.

    A network of several inputs gets a list of them.
    """
    rng = np.random.default_rng(SEED)
    drawn = [_drawn(rng, inputs, n) for inputs in network.inputs]
    return drawn[0] if len(drawn) == 1 else drawn


def other_size(shape: Shape, classes: int | None) -> tuple[Shape, int | None]:
    """Return twice the sides (of an image: height and width, not the channels) and one class more."""
    doubled = tuple(None if side is None else 2 * side for side in shape[:2])
    return doubled + tuple(shape[2:]), None if classes is None else classes + 1


def numpy(tensor: Any) -> Array:
    """Return a tensor of the active backend as an array, 16-bit values as float32."""
    tensor = keras.ops.convert_to_tensor(tensor)
    if keras.backend.standardize_dtype(tensor.dtype) in ("float16", "bfloat16"):
        tensor = keras.ops.cast(tensor, "float32")
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def _drawn(rng: np.random.Generator, inputs: Any, n: int) -> Array:
    size = (n, *inputs.shape[1:])
    if "int" in keras.backend.standardize_dtype(inputs.dtype):
        return rng.integers(0, 2, size).astype("int32")
    return rng.normal(size=size).astype("float32")
