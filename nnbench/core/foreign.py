"""What a classifier is asked to tell from its own data: the table of sets, near, far and shifted.

A set's name is that of a dataset, ``shift:NAME`` or ``shift:NAME:SEVERITY`` (a registered corruption, at severity 5
where none is said), or ``made:NAME`` (see `nnbench.ood.foreign_samples`). Near and far follow OpenOOD (Zhang et al.
2023, https://arxiv.org/abs/2306.09301): near sets share the in-distribution samples' look, but not their meaning; far
sets share neither. Shifted samples keep their meaning: their classes are still those that were learned.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnbench.core.dataset import DatasetSpec

GROUPS = ("near", "far", "shifted")

_NUMBERS: Mapping[str, tuple[str, ...]] = {
    "near": ("shift:permuted_features",),
    "far": ("shift:uniform_noise",),
    "shifted": ("shift:gaussian_noise:3", "made:tilted"),
}

BY_KIND: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "image": {
        "near": (),
        "far": ("shift:uniform_noise", "shift:shuffled_pixels", "made:constant"),
        "shifted": ("shift:gaussian_noise:1", "shift:gaussian_noise:3"),
    },
    "signal": {
        "near": ("shift:permuted_features",),
        "far": ("shift:uniform_noise", "shift:shuffled_pixels", "made:constant"),
        "shifted": ("shift:gaussian_noise:3",),
    },
    "table": _NUMBERS,
    "points": _NUMBERS,
    "tokens": {"near": ("shift:permuted_features",), "far": ("made:random_tokens",), "shifted": ()},
}
"""Sets that every dataset of a kind has, beside its own `near` and `far`."""


def foreign_sets(spec: DatasetSpec, group: str) -> tuple[str, ...]:
    """Return the names of a dataset's sets of one of `GROUPS`: its own first, then those of its kind."""
    own = {"near": spec.near, "far": spec.far}.get(group, ())
    return (*own, *BY_KIND[spec.kind][group])
