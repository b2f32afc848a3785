"""Shifts that keep every value and change what stands beside what."""

from __future__ import annotations

import math

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.robustness import register_corruption
from nnbench.shifts._draws import Draws


@register_corruption("permuted_features", kinds=("image", "signal", "table", "tokens"), per_sample=False)
def permuted_features(x: Array, severity: int, draws: Draws, _bounds: object) -> Array:
    """Permute each feature across samples, by itself, for a share of `severity` / 5 of the features.

    Every feature keeps its distribution. At severity 5 no dependence between features is left, so a detector cannot
    succeed by looking at single values. Which samples exchange values depends on the batch.
    """
    rng = draws.shared("permutation")
    flat = x.reshape(len(x), -1).copy()
    features = _chosen(flat.shape[1], severity, rng)
    flat[:, features] = rng.permuted(flat[:, features], axis=0)
    return flat.reshape(x.shape)


@register_corruption("shuffled_pixels", kinds=("image", "signal"))
def shuffled_pixels(x: Array, severity: int, draws: Draws, _bounds: object) -> Array:
    """Move a share of `severity` / 5 of the positions by one permutation, the same for all samples.

    The channels of a pixel stay together. A model that knows nothing of neighbourhood could be trained on such data as
    well as on the original; one that was trained on the original sees it broken.
    """
    rng = draws.shared("permutation")
    channels = x.shape[-1] if x.ndim > 3 else 1
    flat = x.reshape(len(x), -1, channels).copy()
    positions = _chosen(flat.shape[1], severity, rng)
    flat[:, positions] = flat[:, rng.permutation(positions)]
    return flat.reshape(x.shape)


def _chosen(n: int, severity: int, rng: np.random.Generator) -> Array:
    return rng.choice(n, math.ceil(n * severity / 5), replace=False)
