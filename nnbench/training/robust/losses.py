"""What robust training lowers and its attacks raise, per sample, in ``keras.ops``."""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras


def cross_entropies(logits: Any, labels: Any) -> Any:
    """Return −log p(label), in nats and at least 0, shape (n,), of logits (n, classes) and integer labels (n,)."""
    return keras.ops.sparse_categorical_crossentropy(labels, keras.ops.cast(logits, "float32"), from_logits=True)


def divergences(logits: Any, others: Any) -> Any:
    """Return the Kullback-Leibler divergence of the second distribution from the first, in nats, shape (n,).

    That is Σ p (log p − log q), at least 0, for p of `logits` and q of `others`, both (n, classes).
    """
    ops = keras.ops
    log_p, log_q = (ops.log_softmax(ops.cast(z, "float32"), axis=-1) for z in (logits, others))
    return ops.sum(ops.exp(log_p) * (log_p - log_q), axis=-1)
