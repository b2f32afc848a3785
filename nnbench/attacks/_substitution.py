"""Substitutions of single tokens, ranked by what the gradient at the embedding says each would do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnbench.core.dataset import Array


@dataclass(frozen=True)
class Candidates:
    """The best substitutions of n texts, k for each.

    Attributes:
        positions, tokens: (n, k) where, and by what.
        usable: (n, k) whether there was anything left to substitute.
    """

    positions: Array
    tokens: Array
    usable: Array

    def applied(self, texts: Array) -> Array:
        """Return `texts` (n, length) with each substitution made by itself: (n, k, length)."""
        n, k = self.positions.shape
        changed = np.repeat(texts[:, None], k, axis=1)
        changed[np.arange(n)[:, None], np.arange(k), self.positions] = self.tokens
        return changed


def best_substitutions(
    gradient: Array, vectors: Array, texts: Array, movable: Array, allowed: Array, k: int
) -> Candidates:
    """Return the substitutions of highest first-order gain, gᵢ · (v_new − v_old), the best first.

    Args:
        gradient: (n, length, width) at the embedding's output.
        vectors: (vocabulary, width).
        texts: (n, length) tokens.
        movable: (n, length) whether a position may be changed.
        allowed: (vocabulary,) whether a token may be put in.
        k: at most so many of each text.
    """
    n, length = texts.shape
    choices = np.flatnonzero(allowed)
    k = min(k, length * len(choices))
    positions, tokens, gains = np.empty((n, k), np.int64), np.empty((n, k), np.int64), np.empty((n, k))
    # A text at a time: every gain of a batch at once would take gigabytes for a large vocabulary.
    for i in range(n):
        gain = gradient[i] @ vectors[choices].T
        gain -= np.einsum("lw,lw->l", gradient[i], vectors[texts[i]])[:, None]
        gain[~movable[i]] = -np.inf
        gain[texts[i][:, None] == choices] = -np.inf
        flat = gain.reshape(-1)
        found = np.argpartition(flat, -k)[-k:]
        found = found[np.lexsort((found, -flat[found]))]
        positions[i], tokens[i], gains[i] = found // len(choices), choices[found % len(choices)], flat[found]
    return Candidates(positions, tokens, np.isfinite(gains))
