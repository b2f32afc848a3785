"""How little a class conforms to a prediction: scores of every class, from 0 (the model expects it) upwards.

Each takes probabilities p (n, classes) and `shares` (n,) in [0, 1], the part of a class's own probability that counts,
drawn at random for exact coverage; and returns (n, classes).
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError


def least_ambiguous(p: Array, shares: Array) -> Array:
    """Return 1 − p of each class.

    Sadinle, Lei & Wasserman (2019), Least Ambiguous Set-Valued Classifiers with Bounded Error Levels,
    https://arxiv.org/abs/1609.00451.
    """
    del shares
    return np.asarray(1 - p)


def adaptive(p: Array, shares: Array) -> Array:
    """Return the probability of all likelier classes, plus a share of the class's own.

    Romano, Sesia & Candès (2020), Classification with Valid and Adaptive Coverage, https://arxiv.org/abs/2006.02544.
    """
    return regularized_adaptive(p, shares, penalty=0.0)


def regularized_adaptive(p: Array, shares: Array, *, penalty: float = 0.01, free: int = 5) -> Array:
    """Return the adaptive score, plus `penalty` for each rank beyond the first `free` ones.

    Angelopoulos, Bates, Malik & Jordan (2021), Uncertainty Sets for Image Classifiers using Conformal Prediction,
    https://arxiv.org/abs/2009.14193; λ = .01 and k_reg = 5 as in Angelopoulos & Bates (2021).

    Raises:
        ArgumentError: a negative `penalty` or `free`.
    """
    if penalty < 0 or free < 0:
        raise ArgumentError(f"penalty and free must be at least 0. Received: penalty={penalty}, free={free}.")
    order = np.argsort(-p, axis=-1, kind="stable")
    ordered = np.take_along_axis(p, order, axis=-1)
    scores = np.cumsum(ordered, axis=-1) - (1 - shares[:, None]) * ordered
    scores += penalty * np.maximum(np.arange(1, p.shape[-1] + 1) - free, 0)
    result = np.empty_like(scores)
    np.put_along_axis(result, order, scores, axis=-1)
    return np.asarray(result)
