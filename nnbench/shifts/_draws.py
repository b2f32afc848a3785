"""Random numbers of a corruption: each sample has its own, whatever stands beside it.

The bits are those of the generator PCG64 DXSM (O'Neill 2014, PCG: a family of simple fast space-efficient statistically
good algorithms for random number generation), whose raw output NumPy keeps the same for ever and on every machine. Each
stream is one sequence, of which a sample has the part that its index says. So a number depends on seed, corruption,
stream, sample and position alone. Everything is derived from the bits by whole-number arithmetic and look-up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from nnbench.core.dataset import Array


@dataclass(frozen=True)
class Draws:
    """Where a corruption's random numbers come from.

    The severity is no part of it: with the same seed, a sample meets the same noise at every severity, scaled; so
    curves over the severities are smooth.

    Attributes:
        seed: of the whole corruption.
        name: of the corruption; two of them are independent under one seed.
        samples: (n,) index of each sample; those of a batch say where it lies in the whole set.
        population: (m, *shape) samples that statistics and substitutes are taken from, or None for the batch itself.
    """

    seed: int
    name: str
    samples: Array
    population: Array | None = None

    def words(self, stream: str, size: int) -> Array:
        """Return bits, (n, size) of 64 each."""
        seeds = np.random.SeedSequence(self._key(stream))
        parts = []
        for first, count in _runs(self.samples):
            bits = np.random.PCG64DXSM(seeds)
            bits.advance(first * size)
            parts.append(bits.random_raw(count * size).reshape(-1, size))
        return parts[0] if len(parts) == 1 else np.concatenate(parts or [np.empty((0, size), np.uint64)])

    def shorts(self, stream: str, size: int) -> Array:
        """Return whole numbers from 0 to 65535, (n, size) in uint16."""
        return self._split(stream, size, np.dtype("<u2"))

    def uniform(self, stream: str, size: int) -> Array:
        """Return numbers in (0, 1) in steps of 2⁻³², (n, size) in float64."""
        return (self._split(stream, size, np.dtype("<u4")) + 0.5) * 2.0**-32

    def normal(self, stream: str, size: int) -> Array:
        """Return standard normal numbers, (n, size) in float32: 65536 quantiles, at most 4.3 from 0."""
        return np.asarray(normal_quantiles()[self.shorts(stream, size)])

    def integers(self, stream: str, size: int, high: int) -> Array:
        """Return whole numbers from 0 to `high` − 1, (n, size) in int64; `high` is at most 2³¹."""
        bits = self._split(stream, size, np.dtype("<u4")).astype(np.uint64)
        return ((bits * np.uint64(high)) >> np.uint64(32)).astype(np.int64)

    def signs(self, stream: str, size: int) -> Array:
        """Return −1 or 1 with equal chance, (n, size) in int64."""
        return 2 * self.integers(stream, size, 2) - 1

    def shared(self, stream: str) -> np.random.Generator:
        """Return a generator of what all samples have in common, the same for every batch."""
        return np.random.Generator(np.random.PCG64DXSM(self._key(f"shared/{stream}")))

    def _split(self, stream: str, size: int, dtype: np.dtype[np.generic]) -> Array:
        each = 8 // dtype.itemsize
        words = self.words(stream, -(-size // each)).astype("<u8", copy=False)
        return np.ascontiguousarray(words).view(dtype)[:, :size]

    def _key(self, stream: str) -> int:
        text = f"{self.seed}/{self.name}/{stream}".encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=16).digest(), "little")


def _runs(samples: Array) -> Iterator[tuple[int, int]]:
    """Yield the first index of each run of consecutive sample indices, and the length of the run."""
    if len(samples) and (samples == np.arange(samples[0], samples[0] + len(samples))).all():
        yield int(samples[0]), len(samples)
        return
    edges = np.flatnonzero(np.diff(samples) != 1) + 1
    for start, stop in zip([0, *edges.tolist()], [*edges.tolist(), len(samples)], strict=True):
        if start < stop:
            yield int(samples[start]), stop - start


@cache
def normal_quantiles() -> Array:
    """Return the 65536 mid-quantiles of the normal distribution, (65536,) in float32.

    Scaled to a variance of 1 and rounded to multiples of 2⁻¹², far coarser than machines differ.
    """
    from scipy.special import ndtri

    quantiles = ndtri((np.arange(65536) + 0.5) / 65536)
    quantiles /= np.sqrt(np.mean(np.square(quantiles)))
    return np.asarray(np.rint(quantiles * 4096) / 4096, np.float32)
