"""Applying a registered corruption by its name."""

from __future__ import annotations

import numpy as np

from nnbench.core.case import derived_seed
from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.robustness import CORRUPTIONS

SEVERITIES = range(1, 6)


def corrupt(
    x: Array, name: str, severity: int = 3, seed: int = 0, *, bounds: tuple[float, float] | None = None
) -> Array:
    """Return `x` (n, *shape) corrupted: a new array of the same shape and dtype, inside `bounds`.

    Args:
        name: a registered corruption.
        severity: 1 to 5.
        seed: the same seed gives the same array.
        bounds: lowest and highest value of an input, as `DatasetSpec.bounds` states them; None leaves values as they
            come.

    Raises:
        UnknownNameError: no such corruption.
        ArgumentError: a severity outside 1 to 5, bounds in the wrong order, or none for a corruption that needs them.
    """
    spec = CORRUPTIONS.get(name)
    if severity not in SEVERITIES:
        raise ArgumentError(f"severity must be a whole number from 1 to 5. Received: {severity!r}.")
    if bounds is not None and not bounds[0] < bounds[1]:
        raise ArgumentError(f"bounds must be (low, high) with low < high. Received: {bounds!r}.")
    x = np.asarray(x)
    corrupted = spec.apply(x, int(severity), np.random.default_rng(derived_seed(seed, "corruption", name)), bounds)
    if bounds is not None:
        corrupted = np.clip(corrupted, *bounds)
    return np.asarray(corrupted, dtype=x.dtype)
