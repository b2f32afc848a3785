"""Isotonic scaling: each class's probability through a rising step function of its own, then brought to sum to 1.

Zadrozny & Elkan (2002), Transforming Classifier Scores into Accurate Multiclass Probability Estimates, KDD; one class
against the rest, as in Guo et al. (2017), https://arxiv.org/abs/1706.04599, section 4.1. It can change decisions.

One thing differs: what did not occur among n samples gets 1/(n + classes) rather than 0, so that the likelihood of
other samples stays finite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.metrics import arrays
from nnbench.metrics.logits import softmax


@dataclass(frozen=True)
class IsotonicScaling:
    """A rising function for each class.

    Attributes:
        steps: per class the ends of its steps: probabilities in ascending order, and what they become.
        floor: the least that a probability becomes, before they are brought to sum to 1.
    """

    steps: tuple[tuple[Array, Array], ...]
    floor: float

    def transform(self, logits: Array) -> Array:
        """Return log probabilities (n, classes), in float64, of `logits` (n, classes).

        Raises:
            ArgumentError: another number of classes than was fitted.
        """
        probabilities = softmax(logits)
        if probabilities.shape[-1] != len(self.steps):
            raise ArgumentError(f"logits must have {len(self.steps)} classes. Received: {np.shape(logits)}.")
        mapped = [np.interp(probabilities[..., k], *steps) for k, steps in enumerate(self.steps)]
        raised = np.maximum(np.stack(mapped, axis=-1), self.floor)
        return np.asarray(np.log(raised / raised.sum(-1, keepdims=True)))


def fit_isotonic(logits: Array, labels: Array) -> IsotonicScaling:
    """Return the rising functions of the least squared error.

    Args:
        logits: (n, classes) of validation samples.
        labels: (n,) integers from 0 to classes − 1.

    Raises:
        ArgumentError: wrong shapes, NaN or infinite logits, labels out of range.
    """
    from sklearn.isotonic import IsotonicRegression

    logits, labels = arrays.logits_and_labels(logits, labels)
    probabilities = softmax(logits)
    n, classes = probabilities.shape
    fitted = [IsotonicRegression().fit(probabilities[:, k], labels == k) for k in range(classes)]
    steps = tuple((np.asarray(f.X_thresholds_), np.asarray(f.y_thresholds_)) for f in fitted)
    return IsotonicScaling(steps, 1 / (n + classes))
