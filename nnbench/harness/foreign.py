"""The out-of-distribution sets that a dataset's spec states."""

from __future__ import annotations

from nnbench.core.catalog import load_dataset
from nnbench.core.dataset import Array, DatasetSpec
from nnbench.corruptions import corrupt

SEVERITY = 5


def out_of_distribution_sets(spec: DatasetSpec, test: Array, *, seed: int) -> dict[str, Array]:
    """Return set name to samples, as many as `test` (n, *shape) at the most.

    ``shift:NAME`` is that registered corruption of `test` at the highest severity; another name is the test split of
    that dataset.
    """
    return {name: _foreign(name, spec, test, seed) for name in spec.out_of_distribution}


def _foreign(name: str, spec: DatasetSpec, test: Array, seed: int) -> Array:
    kind, _, shift = name.partition(":")
    if kind != "shift":
        return load_dataset(name, seed).test.x[: len(test)]
    return corrupt(test, shift, SEVERITY, seed, bounds=spec.bounds)
