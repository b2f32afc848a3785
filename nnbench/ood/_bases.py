"""What detectors of one kind have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.robustness import LinearHead, Needs
from nnbench.metrics.logits import logsumexp


class LogitDetector(ABC):
    """A detector that learns nothing and takes a sample's score from its logits."""

    needs = Needs()

    def fit(self, features: Array, logits: Array, labels: Array) -> None:
        """Learn nothing."""
        del features, logits, labels

    @abstractmethod
    def score(self, features: Array, logits: Array) -> Array:
        """Return (n,) scores of logits (n, classes), in float64; higher means more out-of-distribution."""


class ShapedEnergy(ABC):
    """The energy, −log Σ exp, of the logits that the linear head gives for features that were changed before.

    Any real number; higher means more out-of-distribution.
    """

    needs = Needs(head=True)

    def fit(self, features: Array, logits: Array, labels: Array, *, head: LinearHead) -> None:
        """Learn nothing."""
        del features, logits, labels, head

    @abstractmethod
    def shaped(self, features: Array) -> Array:
        """Return what the head is given instead of `features` (n, d)."""

    def score(self, features: Array, logits: Array, *, head: LinearHead) -> Array:
        """Return (n,) scores of features (n, d), in float64."""
        return -logsumexp(head.logits(self.shaped(features)))


def require(condition: bool, expected: str, received: Any) -> None:
    """Raise an ArgumentError that tells what was expected and what came, unless `condition` holds."""
    if not condition:
        raise ArgumentError(f"{expected}. Received: {received!r}.")


def require_percentile(percentile: float) -> float:
    """Return a percentile that lies in [0, 100)."""
    require(0 <= percentile < 100, "percentile must lie in [0, 100)", percentile)
    return percentile
