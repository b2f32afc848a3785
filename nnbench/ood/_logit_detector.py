"""What detectors that score logits alone have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod

from nnbench.core.dataset import Array


class LogitDetector(ABC):
    """A detector that learns nothing and takes a sample's score from its logits."""

    def fit(self, features: Array, logits: Array, labels: Array) -> None:
        """Learn nothing."""
        del features, logits, labels

    @abstractmethod
    def score(self, features: Array, logits: Array) -> Array:
        """Return (n,) scores of logits (n, classes), in float64; higher means more out-of-distribution."""
