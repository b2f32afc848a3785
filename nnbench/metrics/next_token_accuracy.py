"""Share of tokens that a language model predicts right."""

from __future__ import annotations

from nnbench.core.dataset import Array
from nnbench.core.metric import Estimate, register_metric
from nnbench.metrics import arrays, intervals


@register_metric("token_accuracy", task="language", better="higher")
def token_accuracy(logits: Array, tokens: Array) -> Estimate:
    """Share of positions whose highest logit is the token's; the interval takes sequences as the independent units.

    Args:
        logits: (n, length, vocabulary).
        tokens: (n, length) integers, the token that each position should predict.

    Returns:
        In [0, 1]; higher is better.

    Raises:
        ArgumentError: wrong shapes, NaN or infinite logits, tokens out of range.
    """
    logits, tokens = arrays.logits_and_labels(logits, tokens, rank=3)
    value, low, high, n = intervals.mean((logits.argmax(-1) == tokens).mean(axis=1))
    return Estimate(value, None if low is None else max(0.0, low), None if high is None else min(1.0, high), n)
