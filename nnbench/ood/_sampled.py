"""What several predictions of one sample say together."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from nnbench.core.dataset import Array
from nnbench.metrics.logits import log_softmax, softmax
from nnbench.ood._softmax import doubt, entropy


def _msp(logits: Array) -> Array:
    return np.asarray(1 - softmax(logits).mean(axis=0).max(axis=-1))


def _entropy(logits: Array) -> Array:
    return entropy(softmax(logits).mean(axis=0))


def _mutual_information(logits: Array) -> Array:
    log_p = log_softmax(logits)
    return np.asarray(_entropy(logits) + (np.exp(log_p) * log_p).sum(axis=-1).mean(axis=0))


def _variance(logits: Array) -> Array:
    return np.asarray(softmax(logits).var(axis=0, ddof=1).mean(axis=-1))


def _mean_logits(logits: Array) -> Array:
    return doubt(logits.mean(axis=0))


UNCERTAINTIES: Mapping[str, Callable[[Array], Array]] = {
    "entropy": _entropy,
    "msp": _msp,
    "mutual_information": _mutual_information,
    "variance": _variance,
    "mean_logits": _mean_logits,
}
"""From logits (times, n, classes) to (n,) scores, higher the less sure.

These are the entropy of the mean prediction, 1 − its largest probability, the part of the entropy that is due to
disagreement (BALD), the predictions' variance, and 1 − the largest probability of the mean logits.
"""
