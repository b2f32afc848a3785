"""Text from a language model, in token numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.generation.decoding import Decoder
from nnbench.runtime.engine import engine


def generate(
    model: Any,
    tokens: Any,
    *,
    max_new_tokens: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    seed: int = 0,
    cache: bool = True,
) -> Array:
    """Continue sequences with tokens that a language model draws one after the other.

    Args:
        model: a Functional model from tokens (batch, context) to logits (batch, context, vocabulary), such as
            ``nnbench.create_model("gpt2")``; no position may depend on later ones.
        tokens: (n,) or (batch, n) token numbers to start from, at least one.
        max_new_tokens: how many to add; with the first ones they must fit into the context.
        temperature: divides the logits; 0 takes the likeliest token each time.
        top_k: draw among the likeliest only; None for all.
        seed: decides the draws, alike under every backend (up to rounding of the logits).
        cache: compute each position once and remember its keys and values. False runs the whole context for every
            token, which every language model can.

    Returns:
        (n + max_new_tokens,) or (batch, n + max_new_tokens) of int32, the given tokens first.

    Raises:
        ArgumentError: an argument out of its range, tokens that do not fit, or a model that cannot use a cache.
    """
    given = np.asarray(tokens)
    sequences = np.atleast_2d(given)
    _check(model, given, max_new_tokens, temperature, top_k)
    logits_after = _cached(model, len(sequences)) if cache else _uncached(model)
    rng = np.random.default_rng(seed)
    sequences = sequences.astype("int32")
    for _ in range(max_new_tokens):
        drawn = draw(logits_after(sequences), temperature, top_k, rng)
        sequences = np.concatenate([sequences, drawn[:, None]], axis=1)
    return sequences if given.ndim == 2 else sequences[0]


def draw(logits: Array, temperature: float, top_k: int | None, rng: np.random.Generator) -> Array:
    """Return one token (batch,) of int32 for each row of `logits` (batch, vocabulary); see `generate`."""
    if temperature == 0:
        return np.asarray(logits.argmax(axis=-1), "int32")
    scores = logits.astype("float64") / temperature
    if top_k is not None and top_k < scores.shape[-1]:
        least = np.partition(scores, -top_k, axis=-1)[:, -top_k, None]
        scores = np.where(scores < least, -np.inf, scores)
    # The largest of logits plus Gumbel noise is a draw from their softmax.
    return np.asarray((scores + rng.gumbel(size=scores.shape)).argmax(axis=-1), "int32")


def _cached(model: Any, batch: int) -> Callable[[Array], Array]:
    """Return a function from growing sequences (batch, n) to the logits (batch, vocabulary) of what follows."""
    decoder = Decoder(model, batch)
    return lambda sequences: decoder.next(sequences[:, decoder.position :])[:, -1]


def _uncached(model: Any) -> Callable[[Array], Array]:
    context = model.inputs[0].shape[1]
    forward = engine().forward(model)

    def logits_after(sequences: Array) -> Array:
        n = sequences.shape[1]
        logits = forward(np.pad(sequences, ((0, 0), (0, context - n))))
        return np.asarray(keras.ops.convert_to_numpy(logits[:, n - 1]))

    return logits_after


def _check(model: Any, tokens: Array, max_new_tokens: int, temperature: float, top_k: int | None) -> None:
    _check_model(model)
    context, vocabulary = model.outputs[0].shape[1:]
    if tokens.ndim not in (1, 2) or not tokens.size or tokens.dtype.kind not in "iu":
        raise ArgumentError(f"tokens must be integers, (n,) or (batch, n). Received: {tokens.dtype} {tokens.shape}.")
    if tokens.min() < 0 or tokens.max() >= vocabulary:
        raise ArgumentError(f"tokens must be from 0 to {vocabulary - 1}. Received: {tokens.min()} to {tokens.max()}.")
    if max_new_tokens < 0 or tokens.shape[-1] + max_new_tokens > context:
        raise ArgumentError(
            f"max_new_tokens must be from 0 to {context - tokens.shape[-1]}, as the context holds {context} tokens. "
            f"Received: {max_new_tokens}."
        )
    if temperature < 0:
        raise ArgumentError(f"temperature must be at least 0. Received: {temperature}.")
    if top_k is not None and top_k < 1:
        raise ArgumentError(f"top_k must be at least 1. Received: {top_k}.")


def _check_model(model: Any) -> None:
    inputs, outputs = getattr(model, "inputs", None) or [], getattr(model, "outputs", None) or []
    if [len(t.shape) for t in (*inputs, *outputs)] != [2, 3] or inputs[0].shape[1] != outputs[0].shape[1]:
        shapes = " and ".join(str(tuple(t.shape)) for t in (*inputs, *outputs)) or type(model).__name__
        raise ArgumentError(
            "model must be Functional, from tokens (batch, context) to logits (batch, context, vocabulary). "
            f"Received: {shapes}."
        )
