"""Which answers of a classifier are right on corrupted samples: what every accuracy under corruption is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

from nnbench.core.dataset import Array
from nnbench.shifts._corrupt import Bounds, corrupt

CLEAN = "clean"
"""What stands in place of a corruption's name, at severity 0, for samples as they are."""


class Answers(NamedTuple):
    """What became of samples at one corruption and severity.

    Attributes:
        right: (n,) whether each is classified as its label says.
        distance: mean absolute change of a value, in the units of the samples.
    """

    corruption: str
    severity: int
    right: Array
    distance: float


def right_answers(
    classify: Callable[[Array], Array],
    x: Array,
    y: Array,
    conditions: Iterable[tuple[str, int]],
    *,
    bounds: Bounds | None = None,
    seed: int = 0,
    population: Array | None = None,
) -> Iterator[Answers]:
    """Yield what a classifier gets right under each of `conditions`, sample by sample.

    Args:
        classify: samples (n, *shape) to the most likely classes (n,).
        x: (n, *shape) samples within `bounds`.
        y: (n,) integer labels.
        conditions: corruption and severity, or ``("clean", 0)``.
        bounds: as `corrupt` takes them, and so are `seed` and `population`.

    Raises:
        UnknownNameError: no such corruption.
        ArgumentError: what `corrupt` refuses.
    """
    for name, severity in conditions:
        clean = name == CLEAN
        shifted = x if clean else corrupt(x, name, severity, seed, bounds=bounds, population=population)
        yield Answers(name, severity, classify(shifted) == y, 0.0 if clean else _distance(x, shifted))


def _distance(x: Array, shifted: Array) -> float:
    return float(np.abs(np.subtract(shifted, x, dtype=np.float64)).mean())
