"""Noise added to, or put in place of, the values."""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.paper import Paper
from nnbench.core.robustness import register_corruption

IMAGENET_C = Paper(
    title="Benchmarking Neural Network Robustness to Common Corruptions and Perturbations",
    authors="Hendrycks, Dietterich",
    year=2019,
    url="https://arxiv.org/abs/1903.12261",
)
GAUSSIAN_DEVIATIONS = (0.08, 0.12, 0.18, 0.26, 0.38)
"""ImageNet-C's, by severity."""


@register_corruption("gaussian_noise", kinds=("image", "signal", "table"), paper=IMAGENET_C)
def gaussian_noise(x: Array, severity: int, rng: np.random.Generator, bounds: tuple[float, float] | None) -> Array:
    """Add normal noise and clip to `bounds`.

    The deviations are in the units of `x`: for pixels in [0, 1] they are ImageNet-C's, for standardised features a
    share of a standard deviation.
    """
    noisy = x + rng.normal(scale=GAUSSIAN_DEVIATIONS[severity - 1], size=x.shape)
    return (noisy if bounds is None else np.clip(noisy, *bounds)).astype(x.dtype)


@register_corruption("uniform_noise", kinds=("image", "signal", "table"))
def uniform_noise(x: Array, severity: int, rng: np.random.Generator, bounds: tuple[float, float] | None) -> Array:
    """Replace each value, with a chance of `severity` in 5, by one drawn uniformly from `bounds`.

    At severity 5 nothing of `x` is left: the usual set of noise that lies far out of distribution.
    """
    if bounds is None:
        raise ArgumentError("bounds must be given for uniform_noise, which draws from them. Received: None.")
    replaced = rng.random(x.shape) < severity / 5
    return np.where(replaced, rng.uniform(*bounds, size=x.shape), x).astype(x.dtype)
