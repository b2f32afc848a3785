"""How far the label's logit lies above the others."""

import numpy as np

from nnbench import register_metric
from nnbench.core.errors import ArgumentError


@register_metric("acme_margin", task="classification", better="higher")
def margin(logits, labels):
    """Mean of the label's logit (n, classes) less the highest of the others; positive where the answer is right."""
    if not np.isfinite(logits).all():
        raise ArgumentError("logits must be finite.")
    rows = np.arange(len(labels))
    others = np.array(logits, np.float64)
    others[rows, labels] = -np.inf
    return float(np.mean(np.asarray(logits, np.float64)[rows, labels] - others.max(axis=1)))
