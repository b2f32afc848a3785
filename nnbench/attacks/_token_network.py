"""A classifier of tokens as attacks see it: batched passes and gradients at the embedding, counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnbench.attacks._embedding import moved, token_embedding
from nnbench.attacks._objectives import error_log_odds
from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError, NotApplicableError
from nnbench.core.lazy import keras
from nnbench.metrics.logits import require_logits
from nnbench.runtime.engine import engine

SMALLEST_BATCH = 8


class TokenNetwork:
    """The passes of a model that reads tokens (n, length) and gives logits (n, classes).

    Batches have `batch_size` samples, and the last one the next power of two, padded; so a pass is compiled for a
    handful of sizes whatever the number of samples.

    Attributes:
        vectors: (vocabulary, width) what each token is looked up as.
        forwards, backwards: samples passed so far, padding left out.

    Raises:
        NotApplicableError: the model is not a classifier of one input of tokens, or no embedding reads that input.
        ArgumentError: the model gives probabilities, or a token is outside the vocabulary.
    """

    def __init__(self, model: Any, tokens: Array, batch_size: int) -> None:
        _require_classifier(model)
        require_logits(model)
        self._batch_size = batch_size
        layer = token_embedding(model, tokens.shape[1])
        self.vectors: Array = np.asarray(keras.ops.convert_to_numpy(layer.embeddings), np.float32)
        if tokens.min() < 0 or tokens.max() >= len(self.vectors):
            known = f"tokens from 0 to {len(self.vectors) - 1}"
            raise ArgumentError(f"x must hold {known}. Received: from {tokens.min()} to {tokens.max()}.")
        self.forwards = 0
        self.backwards = 0
        self._forward = engine().forward(model)

        def function(delta: Any, inputs: Any, labels: Any) -> Any:
            with moved(layer, delta):
                logits = model(inputs, training=False)
            return error_log_odds(logits, labels), logits

        self._gradient = engine().function_gradient(function, model)

    def logits(self, tokens: Array) -> Array:
        """Return logits (n, classes)."""
        self.forwards += len(tokens)
        parts = [
            np.asarray(keras.ops.convert_to_numpy(self._forward(_padded(tokens[rows], size))), np.float32)[
                : rows.stop - rows.start
            ]
            for rows, size in self._batches(len(tokens))
        ]
        return np.concatenate(parts)

    def gradient(self, tokens: Array, labels: Array) -> Array:
        """Return how each sample's log-odds of an error rise with its vectors: (n, length, width)."""
        self.forwards += len(tokens)
        self.backwards += len(tokens)
        parts = []
        for rows, size in self._batches(len(tokens)):
            at_rest = np.zeros((size, tokens.shape[1], self.vectors.shape[1]), np.float32)
            batch = _padded(tokens[rows], size), _padded(labels[rows], size)
            _, gradient, _ = self._gradient(at_rest, *batch)
            parts.append(np.nan_to_num(gradient[: rows.stop - rows.start], posinf=0, neginf=0))
        return np.concatenate(parts)

    def _batches(self, n: int) -> Iterator[tuple[slice, int]]:
        """Yield rows, and the size that they are padded to."""
        for start in range(0, n, self._batch_size):
            stop = min(n, start + self._batch_size)
            power = max(SMALLEST_BATCH, 1 << (stop - start - 1).bit_length())
            yield slice(start, stop), min(self._batch_size, power)


def _padded(x: Array, size: int) -> Array:
    return x if len(x) == size else np.concatenate([x, np.repeat(x[-1:], size - len(x), axis=0)])


def _require_classifier(model: Any) -> None:
    inputs, outputs = (keras.tree.flatten(getattr(model, name, None)) for name in ("inputs", "outputs"))
    if len(inputs) != 1 or len(outputs) != 1 or inputs[0] is None:
        raise NotApplicableError(f"attacks need a built model of one input and one output; {model.name!r} is not.")
    if len(inputs[0].shape) != 2:
        raise NotApplicableError(f"{model.name!r} reads no tokens (n, length), so that none can be replaced.")
    if len(outputs[0].shape) != 2 or (outputs[0].shape[-1] or 0) < 2:
        raise NotApplicableError(
            f"attacks need logits (n, classes) of two or more classes; {model.name!r} gives {outputs[0].shape}."
        )
