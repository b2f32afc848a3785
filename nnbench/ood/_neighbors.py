"""Exact search among many features, in blocks that keep the table of similarities small."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnbench.core.dataset import Array
from nnbench.ood._batches import blocks


def inverse_norms(features: Array) -> Array:
    """Return 1 / ‖f‖ (n,) of features (n, d), float32; of no length, a large number that leaves 0 where it was."""
    return np.asarray(1 / np.maximum(np.sqrt(np.einsum("ij,ij->i", features, features)), 1e-12), np.float32)


@dataclass(frozen=True)
class Bank:
    """Features (m, d) and how near others are to them: q · f × scale + offset, scale and offset (m,)."""

    features: Array
    scale: Array | None = None
    offset: Array | None = None

    def kth_largest(self, queries: Array, k: int) -> Array:
        """Return the k-th largest nearness (n,) of queries (n, d), in float64; the smallest of a smaller bank."""
        return self._top(queries, k)[:, 0]

    def mean_of_largest(self, queries: Array, k: int) -> Array:
        """Return the mean (n,) of the k largest nearnesses of queries (n, d), in float64."""
        return np.asarray(self._top(queries, k).mean(axis=1))

    def _top(self, queries: Array, k: int) -> Array:
        """Return the k largest (n, k), the smallest of them first."""
        size = len(self.features)
        place = size - min(k, size)
        parts = []
        for rows in blocks(len(queries), size):
            near = queries[rows] @ self.features.T
            if self.scale is not None:
                near *= self.scale
            if self.offset is not None:
                near += self.offset
            near.partition(place, axis=1)
            parts.append(near[:, place:].astype(np.float64))
        return np.concatenate(parts)
