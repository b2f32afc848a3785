"""Means and covariances of many features, accumulated block by block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.ood._batches import blocks

WIDE = 512
"""Wider features are multiplied in float32, and summed up in float64."""


def working_dtype(width: int) -> type[np.floating[Any]]:
    """Return the type in which features of a width are multiplied."""
    return np.float32 if width > WIDE else np.float64


def class_means(features: Array, labels: Array) -> tuple[Array, Array]:
    """Return the classes (k,) that occur, and the means (k, d) of their features (n, d), in float64."""
    classes, index = np.unique(labels, return_inverse=True)
    total = np.zeros((len(classes), features.shape[1]))
    for rows in blocks(*features.shape):
        member = (index[rows, None] == np.arange(len(classes))).astype(np.float64)
        total += member.T @ features[rows]
    return classes, total / np.bincount(index)[:, None]


def second_moment(features: Array, centre: Callable[[slice], Array] | Array) -> Array:
    """Return the mean (d, d) of (f − c)(f − c)ᵀ over features (n, d), in float64.

    Args:
        features: (n, d).
        centre: c, (d,); or a function of a slice of rows that gives each row its own, (rows, d).
    """
    n, d = features.shape
    dtype = working_dtype(d)
    total = np.zeros((d, d))
    for rows in blocks(n, d):
        middle = centre(rows) if callable(centre) else centre
        centred = (features[rows] - middle).astype(dtype)
        total += centred.T @ centred
    return np.asarray(total / n)


@dataclass(frozen=True)
class Whitening:
    """A map (d, r) after which Euclidean distances are Mahalanobis distances."""

    matrix: Array

    @classmethod
    def of(cls, covariance: Array) -> Whitening:
        """Return the map by the pseudo-inverse of a covariance (d, d).

        Directions are left out whose variance is below the rounding of float32 features, such as those of units that
        never answer; of wide features, below that of the products, which are float32 too.
        """
        values, vectors = np.linalg.eigh(covariance)
        rounding = np.finfo(np.float32).eps ** (1 if len(values) > WIDE else 2)
        kept = values > max(values[-1], 0) * len(values) * rounding
        return cls(vectors[:, kept] / np.sqrt(values[kept]))

    def squared_distances(self, features: Array, points: Array) -> Array:
        """Return (n, k) squared Mahalanobis distances of features (n, d) from points (k, d), in float64."""
        middle = points.mean(axis=0)
        z, p = (features - middle) @ self.matrix, (points - middle) @ self.matrix
        squared = (z**2).sum(axis=1)[:, None] - 2 * z @ p.T + (p**2).sum(axis=1)
        return np.asarray(np.maximum(squared, 0))
