"""Nearest neighbour guidance.

Park, Jung & Teoh (2023), Nearest Neighbor Guidance for Out-of-Distribution Detection,
https://arxiv.org/abs/2309.14888, equations 4 to 6.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import Needs, register_detector
from nnbench.metrics.logits import logsumexp
from nnbench.ood._bases import require
from nnbench.ood._neighbors import Bank, inverse_norms

PAPER = Paper(
    "Nearest Neighbor Guidance for Out-of-Distribution Detection",
    "Park, Jung & Teoh",
    2023,
    "https://arxiv.org/abs/2309.14888",
)

SMALLEST_BANK = 1000
"""By default, so many training samples are kept even where `bank` asks for fewer: the authors' hundredth is that of
ImageNet, and of a small set it would be no more than the neighbours."""


@register_detector(
    "nnguide",
    paper=PAPER,
    presets={
        "openood-1.5": {"k": 100, "bank": 0.01, "smallest_bank": 1},
        "pytorch-ood": {"k": 10, "bank": 1.0},
    },
)
class NearestNeighborGuidance:
    """−E(x) · mean over the k nearest of E(xᵢ) cos(f, fᵢ); higher means more out-of-distribution.

    E = log Σ exp(logits). The bank of training samples is taken at even distances through them.

    Args:
        k: neighbours, by default the authors' 10 (OpenOOD: 100); all where the bank is smaller.
        bank: the share of training samples that is kept, in (0, 1].
        smallest_bank: but at least so many; all where there are fewer.

    Raises:
        ArgumentError: `k` or `smallest_bank` below 1, or `bank` outside (0, 1].
    """

    needs = Needs(features=True, training=True)

    def __init__(self, *, k: int = 10, bank: float = 0.01, smallest_bank: int = SMALLEST_BANK) -> None:
        require(k >= 1, "k must be at least 1", k)
        require(0 < bank <= 1, "bank must lie in (0, 1]", bank)
        require(smallest_bank >= 1, "smallest_bank must be at least 1", smallest_bank)
        self.k, self.bank, self.smallest_bank = k, bank, smallest_bank

    def fit(self, features: Array, logits: Array, labels: Array) -> None:
        """Keep a share of the features (n, d) with their energies."""
        size = min(len(features), max(self.smallest_bank, round(self.bank * len(features))))
        kept = slice(None) if size == len(features) else np.arange(size) * len(features) // size
        bank = features[kept]
        energies = logsumexp(logits[kept]).astype(np.float32)
        self._bank = Bank(bank, scale=inverse_norms(bank) * energies)

    def score(self, features: Array, logits: Array) -> Array:
        """Return (n,) scores of features (n, d) and logits (n, classes)."""
        guidance = self._bank.mean_of_largest(features * inverse_norms(features)[:, None], self.k)
        return np.asarray(-guidance * logsumexp(logits))
