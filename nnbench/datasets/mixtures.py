"""Mixtures of Gaussians in the plane, by which generators are judged: modes found, share of good samples.

As in table 1 of Lin, Khetan, Fanti, Oh (2018), PacGAN, https://arxiv.org/abs/1712.04086: 100,000 samples to train on,
2,500 to judge by; a sample is good within three deviations of a mode. ``extras`` holds ``modes`` (k, 2) and ``sigma``
(); y (n,) is the index of the mode that a sample was drawn from.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnbench.core.dataset import Array, Split, as_float32, register_dataset

SIZES = {"train": 100_000, "test": 2_500}
SOURCE = "https://arxiv.org/abs/1712.04086"
LICENCE = "Apache-2.0"

RING_SIGMA = 0.01
GRID_SIGMA = 0.05

Mixture = tuple[Split, Split, Mapping[str, Array]]


@register_dataset(
    "ring8",
    kind="points",
    task="generation",
    shape=(2,),
    classes=None,
    bounds=(-1.2, 1.2),
    sizes=SIZES,
    source=SOURCE,
    licence=LICENCE,
)
def ring8(seed: int) -> Mixture:
    """Eight Gaussians on the unit circle, deviation 0.01."""
    angles = 2 * np.pi * np.arange(8) / 8
    return _mixture(np.stack([np.cos(angles), np.sin(angles)], axis=1), RING_SIGMA, seed)


@register_dataset(
    "grid25",
    kind="points",
    task="generation",
    shape=(2,),
    classes=None,
    bounds=(-5.0, 5.0),
    sizes=SIZES,
    source=SOURCE,
    licence=LICENCE,
)
def grid25(seed: int) -> Mixture:
    """Twenty-five Gaussians on the grid {−4, −2, 0, 2, 4}², deviation 0.05."""
    steps = np.arange(-4, 5, 2)
    return _mixture(np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(25, 2), GRID_SIGMA, seed)


def _mixture(modes: Array, sigma: float, seed: int) -> Mixture:
    rng = np.random.default_rng(seed)
    train, test = (_drawn(rng, modes, sigma, SIZES[split]) for split in ("train", "test"))
    return train, test, {"modes": as_float32(modes), "sigma": np.asarray(sigma, np.float32)}


def _drawn(rng: np.random.Generator, modes: Array, sigma: float, n: int) -> Split:
    y = rng.integers(0, len(modes), n)
    x = modes[y] + sigma * rng.standard_normal((n, modes.shape[1]))
    return Split(as_float32(x), y.astype(np.int32))
