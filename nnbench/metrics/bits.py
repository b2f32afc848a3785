"""Bits per character: cross-entropy of a character model in base two."""

from __future__ import annotations

import math

from nnbench.core.dataset import Array
from nnbench.core.metric import Estimate, register_metric
from nnbench.metrics._sequences import mean_nats


@register_metric("bits_per_character", task="language", better="lower", unit="bit")
def bits_per_character(logits: Array, tokens: Array) -> Estimate:
    """Mean of −log₂ p(token); the interval takes sequences as the independent units.

    Bits per character where a token is a character, else bits per token.

    Args:
        logits: (n, length, vocabulary).
        tokens: (n, length) integers, the token that each position should predict.

    Returns:
        ≥ 0; lower is better; log₂(vocabulary) for uniform predictions.

    Raises:
        ArgumentError: wrong shapes, NaN or infinite logits, tokens out of range.
    """
    value, low, high, n = mean_nats(logits, tokens)
    return Estimate(
        value / math.log(2), None if low is None else low / math.log(2), None if high is None else high / math.log(2), n
    )
