"""The layer that turns a model's tokens into vectors, and passes in which those vectors are moved.

The move is made inside the layer, so that masks, shared embeddings and layers within layers work as they do otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import NotApplicableError
from nnbench.core.lazy import keras

PROBES = 8


def token_embedding(model: Any, length: int) -> Any:
    """Return the ``keras.layers.Embedding`` of `model` that looks up its input, texts of `length` tokens.

    Found by passing random tokens: embeddings of positions, segments or masks are given other numbers.

    Raises:
        NotApplicableError: none does, or several do.
    """
    embeddings = [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.Embedding)]
    tokens = _probes(embeddings, length)
    readers: list[Any] = []

    def noted(layer: Any) -> Callable[..., Any]:
        call = layer.call

        def look_up(inputs: Any, *rest: Any, **options: Any) -> Any:
            if np.array_equal(keras.ops.convert_to_numpy(inputs), tokens) and layer not in readers:
                readers.append(layer)
            return call(inputs, *rest, **options)

        return look_up

    with _replaced({layer: noted(layer) for layer in embeddings}):
        model(keras.ops.convert_to_tensor(tokens), training=False)
    if len(readers) != 1:
        found = f"{len(readers)} embeddings read" if readers else "no keras.layers.Embedding reads"
        raise NotApplicableError(f"one embedding must read the tokens; {found} the input of {model.name!r}.")
    return readers[0]


def _probes(embeddings: list[Any], length: int) -> Array:
    """Return random tokens (n, length) that every embedding knows, and that are more than the two of a mask."""
    known = min((e.input_dim for e in embeddings if e.input_dim > 2), default=2)
    return np.random.default_rng(0).integers(0, known, (PROBES, length)).astype(np.int32)


@contextmanager
def moved(layer: Any, delta: Any) -> Iterator[None]:
    """Add `delta` (n, length, width) to the vectors that `layer` looks up, for passes within this context."""
    call = layer.call

    def look_up(*inputs: Any, **options: Any) -> Any:
        vectors = call(*inputs, **options)
        return vectors + keras.ops.cast(delta, vectors.dtype)

    with _replaced({layer: look_up}):
        yield


@contextmanager
def _replaced(calls: dict[Any, Callable[..., Any]]) -> Iterator[None]:
    """Put functions in place of layers' ``call``, past Keras's own tracking of attributes."""
    for layer, call in calls.items():
        layer.__dict__["call"] = call
    try:
        yield
    finally:
        for layer in calls:
            del layer.__dict__["call"]
