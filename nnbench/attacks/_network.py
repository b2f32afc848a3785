"""A model as attacks see it: batched passes of any number of samples, counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnbench.attacks._compiled import forward, input_gradient
from nnbench.core.dataset import Array
from nnbench.core.errors import NotApplicableError
from nnbench.core.lazy import keras
from nnbench.metrics.logits import require_logits
from nnbench.runtime.engine import Objective

SMALLEST_BATCH = 8


class Network:
    """A classifier's compiled passes. Inputs and gradients are flat, (n, d).

    Attributes:
        forwards, backwards: samples passed so far, padding left out.
        low, high: (d,) bounds of inputs, set once they are known.

    Batches have `batch_size` samples, and the last one the next power of two, padded; so a pass is compiled for a
    handful of sizes whatever the number of samples.

    Raises:
        ArgumentError: the model gives probabilities.
        NotApplicableError: the model is not a classifier of one continuous input.
    """

    def __init__(self, model: Any, shape: tuple[int, ...], batch_size: int) -> None:
        _require_classifier(model)
        require_logits(model)
        self.forwards = 0
        self.backwards = 0
        self.dtype = np.float64 if _input_dtype(model) == "float64" else np.float32
        self.model = model
        self.shape = shape
        self.batch_size = batch_size
        self.low = self.high = np.zeros(())

    def logits(self, x: Array) -> Array:
        """Return logits (n, classes) of inputs (n, d)."""
        run = forward(self.model)
        self.forwards += len(x)
        parts = [
            np.asarray(keras.ops.convert_to_numpy(run(self._batch(x, rows, size))), self.dtype)[
                : rows.stop - rows.start
            ]
            for rows, size in self._batches(len(x))
        ]
        return np.concatenate(parts)

    def gradient(self, objective: Objective, x: Array, labels: Array) -> tuple[Array, Array]:
        """Return the gradient (n, d) of each sample's objective, and logits (n, classes), at inputs (n, d)."""
        run = input_gradient(self.model, objective)
        self.forwards += len(x)
        self.backwards += len(x)
        gradients, logits = [], []
        for rows, size in self._batches(len(x)):
            _, gradient, outputs = run(self._batch(x, rows, size), _padded(labels[rows], size))
            count = rows.stop - rows.start
            # Where a gradient overflows it points nowhere, as where it is 0.
            usable = np.nan_to_num(gradient[:count], posinf=0, neginf=0)
            gradients.append(np.asarray(usable, self.dtype).reshape(count, -1))
            logits.append(np.asarray(outputs[:count], self.dtype))
        return np.concatenate(gradients), np.concatenate(logits)

    def _batch(self, x: Array, rows: slice, size: int) -> Array:
        return _padded(x[rows], size).reshape(size, *self.shape)

    def _batches(self, n: int) -> Iterator[tuple[slice, int]]:
        """Yield rows, and the size that they are padded to."""
        for start in range(0, n, self.batch_size):
            stop = min(n, start + self.batch_size)
            yield slice(start, stop), self.bucket(stop - start)

    def bucket(self, n: int) -> int:
        """Return the size that a batch of `n` samples is padded to."""
        return min(self.batch_size, max(SMALLEST_BATCH, 1 << (n - 1).bit_length()))


def _padded(x: Array, size: int) -> Array:
    return x if len(x) == size else np.concatenate([x, np.repeat(x[-1:], size - len(x), axis=0)])


def _require_classifier(model: Any) -> None:
    inputs, outputs = (keras.tree.flatten(getattr(model, name, None)) for name in ("inputs", "outputs"))
    if len(inputs) != 1 or len(outputs) != 1 or inputs[0] is None:
        raise NotApplicableError(f"attacks need a built model of one input and one output; {model.name!r} is not.")
    if "int" in inputs[0].dtype:
        raise NotApplicableError(f"{model.name!r} reads tokens, which cannot be moved by a small amount.")
    if len(outputs[0].shape) != 2 or (outputs[0].shape[-1] or 0) < 2:
        raise NotApplicableError(
            f"attacks need logits (n, classes) of two or more classes; {model.name!r} gives {outputs[0].shape}."
        )


def _input_dtype(model: Any) -> str:
    return str(keras.tree.flatten(model.inputs)[0].dtype)
