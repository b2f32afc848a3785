"""Applying a registered corruption by its name."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.robustness import CORRUPTIONS
from nnbench.shifts._draws import Draws

SEVERITIES = range(1, 6)
VALUES_AT_ONCE = 1 << 18
"""Larger batches are cut, so that what is in between fits the caches; no result depends on it."""

Bounds = tuple[float, float]


def corrupt(
    x: Array,
    name: str,
    severity: int = 3,
    seed: int = 0,
    *,
    bounds: Bounds | None = None,
    samples: Array | None = None,
    population: Array | None = None,
) -> Array:
    """Return `x` (n, *shape) corrupted: a new array of the same shape and dtype, inside `bounds`.

    What becomes of a sample depends on its values, its index in `samples`, the seed, name and severity; not on the
    batch that it comes in, nor on its place there. (The exceptions say so: `permuted_features` mixes the batch.)

    Images are corrupted as the images of 256 levels that they stand for, as the published sets are stored: values are
    rounded to the levels between the bounds, and so are the results.

    Args:
        x: images (n, height, width, channels) of at least 8 by 8 pixels, signals (n, length[, channels]) or tables
            (n, columns).
        name: a registered corruption; `nnbench.corruptions.list_corruptions` names them.
        severity: 1 to 5.
        seed: the same seed gives the same array, on every machine.
        bounds: lowest and highest value of an input, as `DatasetSpec.bounds` states them; images need them. None
            leaves values as they come.
        samples: (n,) whole numbers ≥ 0, the index of each sample in the whole set; by default 0 … n − 1.
        population: (m, *shape) what deviations of columns and substituted values are taken from, for the corruptions
            of signals and tables; by default `x` itself.

    Raises:
        UnknownNameError: no such corruption.
        ArgumentError: a severity outside 1 to 5, bounds in the wrong order, or none for a corruption that needs them;
            samples that do not fit; an array of another kind than the corruption is for.
    """
    spec = CORRUPTIONS.get(name)
    if severity not in SEVERITIES:
        raise ArgumentError(f"severity must be a whole number from 1 to 5. Received: {severity!r}.")
    if bounds is not None and not bounds[0] < bounds[1]:
        raise ArgumentError(f"bounds must be (low, high) with low < high. Received: {bounds!r}.")
    x = np.asarray(x)
    indices = _indices(samples, len(x))
    draws = Draws(int(seed), name, indices, x if population is None else np.asarray(population))
    corrupted = np.empty_like(x)

    def corrupt_rows(rows: slice) -> None:
        part = replace(draws, samples=indices[rows])
        changed = _in_range(spec.apply(x[rows], int(severity), part, bounds), x.dtype)
        if bounds is None or (changed.dtype == np.uint8 and tuple(bounds) == (0, 255)):
            corrupted[rows] = changed
        else:
            np.clip(changed, *bounds, out=corrupted[rows], casting="unsafe")

    size = max(1, VALUES_AT_ONCE // max(1, x[:1].size)) if spec.per_sample else max(1, len(x))
    _each(corrupt_rows, [slice(start, start + size) for start in range(0, len(x), size)])
    return corrupted


def _in_range(values: Array, dtype: np.dtype[Any]) -> Array:
    """Return values that a type of whole numbers can hold: rounded, and cut at its ends."""
    if dtype.kind not in "iu" or values.dtype.kind != "f":
        return values
    ends = np.iinfo(dtype)
    return np.asarray(np.clip(np.rint(values), ends.min, ends.max))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _each(work: Callable[[slice], None], parts: Sequence[slice]) -> None:
    """Do the parts, on all cores that the process may use: NumPy lets them run at once."""
    cores = min(len(parts), _cores())
    if cores < 2:
        for part in parts:
            work(part)
        return
    with ThreadPoolExecutor(cores) as pool:
        list(pool.map(work, parts))


def _indices(samples: Array | None, n: int) -> Array:
    if samples is None:
        return np.arange(n, dtype=np.int64)
    indices = np.asarray(samples)
    if indices.shape != (n,) or indices.dtype.kind not in "iu" or (n and indices.min() < 0):
        raise ArgumentError(
            f"samples must be {n} whole numbers ≥ 0, one for each of x. "
            f"Received: {indices.dtype} of shape {indices.shape}."
        )
    return indices.astype(np.int64)
