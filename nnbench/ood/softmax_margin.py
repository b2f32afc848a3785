"""Margin between the two most probable classes.

Used for uncertainty by Scheffer, Decomain & Wrobel (2001), Active Hidden Markov Models for Information Extraction,
https://doi.org/10.1007/3-540-44816-0_31.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import register_detector
from nnbench.ood._bases import LogitDetector
from nnbench.ood._softmax import odds_against

PAPER = Paper(
    "Active Hidden Markov Models for Information Extraction",
    "Scheffer, Decomain & Wrobel",
    2001,
    "https://doi.org/10.1007/3-540-44816-0_31",
)


@register_detector("margin", paper=PAPER)
class SoftmaxMargin(LogitDetector):
    """1 − (p₁ − p₂) of the two largest softmax probabilities, in [0, 1]; higher means more out-of-distribution."""

    def score(self, features: Array, logits: Array) -> Array:
        """See `LogitDetector.score`."""
        odds = odds_against(logits)
        others = odds.sum(axis=-1)
        return np.asarray((others + odds[:, -1]) / (1 + others))
