"""Perplexity: the number of equally likely tokens that would be as hard to predict."""

from __future__ import annotations

import math

from nnbench.core.dataset import Array
from nnbench.core.metric import Estimate, register_metric
from nnbench.metrics._sequences import mean_nats


@register_metric("perplexity", task="language", better="lower")
def perplexity(logits: Array, tokens: Array) -> Estimate:
    """Exponential of the mean −log p(token) in nats, and of the ends of that mean's interval.

    Args:
        logits: (n, length, vocabulary).
        tokens: (n, length) integers, the token that each position should predict.

    Returns:
        ≥ 1; lower is better; the vocabulary's size for uniform predictions; infinite where the exponential overflows.

    Raises:
        ArgumentError: wrong shapes, NaN or infinite logits, tokens out of range.
    """
    value, low, high, n = mean_nats(logits, tokens)
    return Estimate(_exp(value), None if low is None else _exp(low), None if high is None else _exp(high), n)


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf
