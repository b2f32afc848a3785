"""Noise that is the same on every backend and for every batch size.

Each number is a function of (seed, sample, draw, position) alone: the counter-based generator Philox4x32-10 of Salmon,
Moraes, Dror & Shaw (2011), Parallel random numbers: as easy as 1, 2, 3, https://doi.org/10.1145/2063384.2063405, here
over whole arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnbench.core.dataset import Array

LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
WEYL = 0x9E3779B9, 0xBB67AE85
ROUNDS = 10
WORDS_AT_ONCE = 1 << 20

Words = tuple[Array, Array, Array, Array]

UNIFORM, NORMAL, SERIES = 0, 1, 2
"""The last counter word, which keeps the kinds of number apart."""


@dataclass(frozen=True)
class Noise:
    """Independent numbers for every sample and draw.

    Attributes:
        seed: of which the lowest 64 bits count.
    """

    seed: int

    def uniform(self, samples: Array, draw: int | Array, size: int) -> Array:
        """Return numbers in (0, 1), shape (n, size) in float64, for sample indices (n,) and one draw or each's (n,)."""
        return self._filled(samples, draw, size, UNIFORM)

    def normal(self, samples: Array, draw: int | Array, size: int) -> Array:
        """Return standard normal numbers, shape (n, size) in float64, for sample indices (n,) and draws as above."""
        even = size + size % 2
        u = self._filled(samples, draw, even, NORMAL).reshape(len(samples), even // 2, 2)
        radius, angle = np.sqrt(-2 * np.log(u[..., 0])), 2 * np.pi * u[..., 1]
        pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)
        return np.asarray(pairs.reshape(len(samples), even)[:, :size])

    def series(self, samples: Array, first: Array, length: int, size: int) -> Array:
        """Return numbers in (0, 1), shape (n, length, size), for draws from `first` (n,) on of sample indices (n,)."""
        draws = (np.asarray(first)[:, None] + np.arange(length)).reshape(-1)
        return self._filled(np.repeat(samples, length), draws, size, SERIES).reshape(len(samples), length, size)

    def _filled(self, samples: Array, draw: int | Array, size: int, kind: int) -> Array:
        blocks = -(-size // 4)
        out = np.empty((len(samples), blocks * 4))
        draws = np.broadcast_to(np.asarray(draw, np.uint64), (len(samples),))
        for rows in _chunks(len(samples), max(1, WORDS_AT_ONCE // (4 * blocks))):
            index = np.asarray(samples[rows], np.uint64)[:, None]
            counter = np.broadcast_arrays(
                np.arange(blocks, dtype=np.uint64), index, draws[rows, None], np.uint64(kind), subok=False
            )
            key = self.seed & 0xFFFFFFFF, self.seed >> 32 & 0xFFFFFFFF
            words = np.stack(philox((counter[0], counter[1], counter[2], counter[3]), key), axis=-1)
            out[rows] = (words.reshape(len(index), -1) + 0.5) * 2.0**-32
        return out[:, :size]


def philox(counter: Words, key: tuple[int, int]) -> Words:
    """Return four arrays of 32-bit words, held in uint64, for four such arrays and a key of two 32-bit words."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(ROUNDS):
        p0, p1 = MULTIPLIERS[0] * c0, MULTIPLIERS[1] * c2
        c0, c1, c2, c3 = (p1 >> HALF) ^ c1 ^ np.uint64(k0), p1 & LOW, (p0 >> HALF) ^ c3 ^ np.uint64(k1), p0 & LOW
        k0, k1 = (k0 + WEYL[0]) & 0xFFFFFFFF, (k1 + WEYL[1]) & 0xFFFFFFFF
    return c0, c1, c2, c3


def _chunks(n: int, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, n, size))
