"""A model as an evaluation under corruptions sees it: the classes that it answers."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError, NotApplicableError
from nnbench.core.lazy import keras
from nnbench.runtime.engine import engine


class Classifier:
    """The classes that a model answers, in batches of one size.

    Raises:
        NotApplicableError: not a classifier of one input.
        ArgumentError: no such batch size.
    """

    def __init__(self, model: Any, batch_size: int) -> None:
        inputs, outputs = (keras.tree.flatten(getattr(model, name, None)) for name in ("inputs", "outputs"))
        if len(inputs) != 1 or len(outputs) != 1 or inputs[0] is None:
            raise NotApplicableError(f"corruptions need a built model of one input and one output; {model!r} is not.")
        if len(outputs[0].shape) != 2 or (outputs[0].shape[-1] or 0) < 2:
            raise NotApplicableError(
                f"accuracy under corruptions needs outputs (n, classes) of two or more classes; {model.name!r} gives "
                f"{outputs[0].shape}."
            )
        if batch_size < 1:
            raise ArgumentError(f"batch_size must be at least 1. Received: {batch_size}.")
        self.classes = int(outputs[0].shape[-1])
        self._dtype = np.int32 if "int" in str(inputs[0].dtype) else np.float32
        self._run = engine().forward(model)
        self._batch_size = batch_size

    def __call__(self, x: Array) -> Array:
        """Return the most likely class of each of `x` (n, *shape), (n,)."""
        x = np.asarray(x, self._dtype)
        starts = range(0, len(x), self._batch_size)
        return np.concatenate([self._answers(x[start : start + self._batch_size]) for start in starts])

    def _answers(self, x: Array) -> Array:
        n = len(x)
        if n < self._batch_size:  # padded, so that the last batch needs no compilation of its own
            x = np.concatenate([x, np.repeat(x[-1:], self._batch_size - n, axis=0)])
        return np.asarray(keras.ops.convert_to_numpy(self._run(x))[:n].argmax(axis=-1))
