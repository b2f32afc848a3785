"""Vector scaling: a factor and an offset for each class's logit.

Guo, Pleiss, Sun & Weinberger (2017), On Calibration of Modern Neural Networks, https://arxiv.org/abs/1706.04599,
section 4.2: Platt scaling whose matrix is diagonal.

One thing differs: a normal prior around "change nothing" that weighs as much as one sample. Without it there is no
optimum where a class was never mistaken among the validation samples; with many samples it does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnbench.core.dataset import Array
from nnbench.metrics import arrays
from nnbench.metrics.logits import cross_entropies, softmax

PRIOR = 1.0
"""Weight of the prior in samples: so many times half of the squared distance from factors of 1 and offsets of 0 is
added to the summed negative log-likelihood."""


@dataclass(frozen=True)
class VectorScaling:
    """Logits times `scale` (classes,), plus `shift` (classes,), whose mean is 0."""

    scale: Array
    shift: Array

    def transform(self, logits: Array) -> Array:
        """Return scaled and shifted `logits` (…, classes), in float64."""
        return np.asarray(logits, np.float64) * self.scale + self.shift


def fit_vector(logits: Array, labels: Array) -> VectorScaling:
    """Return the factors and offsets of the least negative log-likelihood with the prior, a strictly convex problem.

    Args:
        logits: (n, classes) of validation samples.
        labels: (n,) integers from 0 to classes − 1.

    Raises:
        ArgumentError: wrong shapes, NaN or infinite logits, labels out of range.
    """
    from scipy.optimize import minimize

    logits, labels = arrays.logits_and_labels(logits, labels)
    wide = np.asarray(logits, np.float64)
    n, classes = wide.shape

    def loss(parameters: Array) -> tuple[float, Array]:
        scale, shift = parameters[:classes], parameters[classes:]
        scaled = wide * scale + shift
        errors = softmax(scaled)
        errors[np.arange(n), labels] -= 1
        away = parameters - start
        gradient = np.concatenate([(errors * wide).sum(0), errors.sum(0)]) + PRIOR * away
        return (cross_entropies(scaled, labels).sum() + PRIOR / 2 * away @ away) / n, gradient / n

    start = np.concatenate([np.ones(classes), np.zeros(classes)])
    options = {"maxiter": 2000, "maxfun": 4000, "ftol": 1e-14, "gtol": 1e-9}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
    shift = found[classes:]
    return VectorScaling(found[:classes], shift - shift.mean())
