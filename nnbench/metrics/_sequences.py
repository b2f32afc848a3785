"""Per-sequence means of next-token losses, shared by the language metrics."""

from __future__ import annotations

from nnbench.core.dataset import Array
from nnbench.core.metric import Estimate
from nnbench.metrics import arrays, intervals
from nnbench.metrics.logits import cross_entropies


def mean_nats(logits: Array, tokens: Array) -> Estimate:
    """Return the mean −log p(token) in nats over logits (n, length, vocabulary) and tokens (n, length).

    Tokens of one sequence depend on each other, so the interval takes the n sequences as the independent units.
    """
    logits, tokens = arrays.logits_and_labels(logits, tokens, rank=3)
    nats = cross_entropies(logits.reshape(-1, logits.shape[-1]), tokens.reshape(-1))
    return intervals.mean(nats.reshape(tokens.shape).mean(axis=1))
