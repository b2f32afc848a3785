"""The largest features of each sample, which activation shaping keeps."""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array


def kept(width: int, percentile: float) -> int:
    """Return how many of `width` features lie above a percentile, at least one."""
    return max(1, width - round(width * percentile / 100))


def threshold(features: Array, percentile: float) -> Array:
    """Return the smallest (n, 1) of each row's largest features above `percentile`."""
    place = features.shape[1] - kept(features.shape[1], percentile)
    return np.asarray(np.partition(features, place, axis=1)[:, place : place + 1])


def largest(features: Array, percentile: float) -> Array:
    """Return where (n, d) the largest features of each row are; of equal ones the first."""
    limit, count = threshold(features, percentile), kept(features.shape[1], percentile)
    above, equal = features > limit, features == limit
    room = count - above.sum(axis=1, keepdims=True)
    return np.asarray(above | (equal & (np.cumsum(equal, axis=1) <= room)))


def sharpening(features: Array, mask: Array, percentile: float) -> Array:
    """Return exp(Σ features / Σ kept features), shape (n, 1).

    The exponent is kept within ± d / (number kept), the bound that holds for features of which none is negative;
    others, which the papers do not have, would overflow.
    """
    wide = features.astype(np.float64)
    whole, rest = wide.sum(axis=1, keepdims=True), np.where(mask, wide, 0).sum(axis=1, keepdims=True)
    bound = features.shape[1] / kept(features.shape[1], percentile)
    ratio = np.divide(whole, rest, out=np.ones_like(whole), where=rest != 0)
    return np.asarray(np.exp(np.clip(ratio, -bound, bound)))
