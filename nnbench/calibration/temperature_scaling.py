"""Temperature scaling: one number that makes all predictions softer or sharper, and changes no decision.

Guo, Pleiss, Sun & Weinberger (2017), On Calibration of Modern Neural Networks, https://arxiv.org/abs/1706.04599,
section 4.2. Theirs stops after 50 steps of L-BFGS; the likelihood is concave in 1/T, so here its root is found exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnbench.core.dataset import Array
from nnbench.metrics import arrays
from nnbench.metrics.logits import softmax

COLDEST, HOTTEST = 0.1, 100.0
"""Between these the temperature is sought."""


@dataclass(frozen=True)
class TemperatureScaling:
    """Logits divided by a temperature.

    Attributes:
        temperature: above 1 where the model was too sure of itself.
        bounded: whether no temperature within the range that was searched is best.
    """

    temperature: float
    bounded: bool = False

    def transform(self, logits: Array) -> Array:
        """Return `logits` (…, classes) divided by the temperature, in float64."""
        return np.asarray(logits, np.float64) / self.temperature


def fit_temperature(logits: Array, labels: Array) -> TemperatureScaling:
    """Return the temperature of the least negative log-likelihood.

    Where the validation samples hold no error, or hardly one, the likelihood rises for ever as the temperature falls.
    Nothing speaks against the model's confidence then, and it is left as it is: the temperature is 1. Of a model that
    is no better than chance it is `HOTTEST`.

    Args:
        logits: (n, classes) of validation samples.
        labels: (n,) integers from 0 to classes − 1.

    Raises:
        ArgumentError: wrong shapes, NaN or infinite logits, labels out of range.
    """
    from scipy.optimize import brentq

    logits, labels = arrays.logits_and_labels(logits, labels)
    wide = np.asarray(logits, np.float64)
    wide = wide - wide.max(-1, keepdims=True)
    chosen = wide[np.arange(len(labels)), labels]

    def slope(inverse: float) -> float:
        """Return the derivative of the likelihood by 1/T; it never falls."""
        return float(((softmax(inverse * wide) * wide).sum(-1) - chosen).mean())

    low, high = 1 / HOTTEST, 1 / COLDEST
    if slope(low) >= 0:
        return TemperatureScaling(HOTTEST, bounded=True)
    if slope(high) <= 0:
        return TemperatureScaling(1.0, bounded=True)
    return TemperatureScaling(1 / brentq(slope, low, high, xtol=1e-14, rtol=1e-13))
