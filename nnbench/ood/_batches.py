"""Samples through a compiled function, batch by batch, into arrays that are allocated once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.lazy import keras

BUDGET = 2**25
"""Bytes of an array that is needed for a moment only."""


def in_batches(run: Callable[..., Any], x: Array, batch_size: int, *arrays: Array) -> list[Array]:
    """Return what ``run(x, *arrays)`` gives, one or several outputs (n, …), for all rows; float32.

    The last batch is padded, so that it needs no compilation of its own.
    """
    outputs: list[Array] = []
    for start in range(0, len(x), batch_size):
        batch = [_padded(array[start : start + batch_size], batch_size) for array in (x, *arrays)]
        found = run(*batch)
        for i, values in enumerate(found if isinstance(found, list | tuple) else [found]):
            part = np.asarray(keras.ops.convert_to_numpy(values))[: len(x) - start]
            if start == 0:
                outputs.append(np.empty((len(x), *part.shape[1:]), np.float32))
            outputs[i][start : start + len(part)] = part
    return outputs


def blocks(n: int, width: int, *, budget: int = BUDGET) -> Iterator[slice]:
    """Give slices of n rows such that an array (rows, width) in float32 stays within `budget` bytes."""
    rows = max(1, budget // (4 * max(1, width)))
    return (slice(start, start + rows) for start in range(0, n, rows))


def _padded(batch: Array, size: int) -> Array:
    missing = size - len(batch)
    return np.concatenate([batch, np.repeat(batch[-1:], missing, axis=0)]) if missing else batch
