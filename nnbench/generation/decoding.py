"""Language models run on a part of a sequence, with what they need to remember of the part before.

Shapes: B batch, T new positions, S positions of the whole sequence, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.runtime.engine import engine

POSITION_WISE = {
    "Activation",
    "Add",
    "Cast",
    "Dense",
    "Dropout",
    "Embedding",
    "Gelu",
    "Identity",
    "LayerNormalization",
    "Multiply",
    "ReLU",
    "ReversibleEmbedding",
    "RMSNormalization",
    "Silu",
}
"""Keras's layers and operations that treat every position alike and alone."""


@runtime_checkable
class Stepping(Protocol):
    """A layer that mixes positions, or depends on them, and can continue where it stopped."""

    def step(self, inputs: Any, cache: tuple[Any, ...], position: Any) -> tuple[Any, tuple[Any, ...]]:
        """Return the outputs of positions from `position` on (B, T, …), and the cache with them."""
        ...

    def cache_shapes(self, batch: int, length: int) -> tuple[tuple[int, ...], ...]:
        """Return the shapes of a cache for `length` positions; zeros of these are an empty one."""
        ...


class Decoder:
    """A language model's next logits, at the cost of the new tokens alone.

    ``decoder.next(tokens)`` takes the first tokens of some sequences, then those that follow, as few at a time as one.
    The first call with a number of tokens compiles.

    Args:
        model: a Functional model from tokens (B, S) to logits (B, S, V), such as those of ``gpt2`` and ``llama_tiny``.
        batch: B, sequences at a time.

    Raises:
        ArgumentError: a layer that is not known to work position by position.
    """

    def __init__(self, model: Any, batch: int = 1) -> None:
        self.length: int = model.inputs[0].shape[1]
        self._stepper = _stepper(model)
        self._forward = engine().forward(self._stepper)
        self._batch = batch
        self.restart()

    def restart(self) -> None:
        """Forget all tokens."""
        self.position = 0
        dtype = self._stepper.network.compute_dtype
        self._caches = [
            tuple(keras.ops.zeros(shape, dtype) for shape in layer.cache_shapes(self._batch, self.length))
            for layer in stepping_layers(self._stepper.network)
        ]

    def next(self, tokens: Array) -> Array:
        """Return the logits (B, T, V) at the next tokens (B, T), as float32.

        Raises:
            ArgumentError: another number of sequences, or more tokens than the model's context holds.
        """
        if tokens.ndim != 2 or len(tokens) != self._batch:
            raise ArgumentError(f"tokens must be ({self._batch}, n). Received: {tokens.shape}.")
        if self.position + tokens.shape[1] > self.length:
            raise ArgumentError(
                f"the context holds {self.length} tokens. Received: {tokens.shape[1]} after {self.position}."
            )
        inputs = (tokens.astype("int32"), np.int32(self.position), self._caches)
        logits, self._caches = self._forward(keras.tree.map_structure(keras.ops.convert_to_tensor, inputs))
        self.position += tokens.shape[1]
        return np.asarray(keras.ops.convert_to_numpy(logits))


def stepping_layers(model: Any) -> list[Stepping]:
    """Return the layers of a language model that need to step, in the order in which they run.

    Raises:
        ArgumentError: a layer that mixes positions, or may do so, and cannot step.
    """
    found = []
    for operation in _operations(model):
        if isinstance(operation, Stepping):
            found.append(operation)
        elif type(operation).__name__ not in POSITION_WISE:
            raise ArgumentError(
                f"model must work position by position for a cache, and {operation.name!r} "
                f"({type(operation).__name__}) of {model.name!r} is not known to; it needs cache=False."
            )
    return found


def _operations(model: Any) -> Iterator[Any]:
    # Keras has no public way to the order in which a Functional model runs.
    nodes = _function(model)._nodes_by_depth
    for depth in sorted(nodes, reverse=True):
        yield from (node.operation for node in nodes[depth] if not node.is_input)


def _function(model: Any) -> Any:
    # A Sequential model keeps its graph in a Functional one of its own.
    return getattr(model, "_functional", None) or model


def _stepper(model: Any) -> Any:
    """Return a model from (tokens (B, T), position, caches) to (logits (B, T, V), caches)."""
    stepping_layers(model)

    class Stepper(keras.Model):  # type: ignore[misc]
        """Runs the graph of `network` with steps where layers have them."""

        def __init__(self) -> None:
            super().__init__(dtype=model.dtype_policy)
            self.network = model
            self.built = True

        def call(self, inputs: Any, training: bool = False) -> Any:
            """Return the logits and the caches, one for each layer that steps, in order."""
            tokens, position, caches = inputs
            before, after = iter(caches), []

            def stepped(layer: Any) -> Any:
                def run(x: Any, **_options: Any) -> Any:
                    outputs, cache = layer.step(x, next(before), position)
                    after.append(cache)
                    return outputs

                return run

            # Keras's own loop over the graph, in which cloning replaces operations too.
            logits = _function(self.network)._run_through_graph(
                [tokens], operation_fn=lambda op: stepped(op) if isinstance(op, Stepping) else op
            )
            return logits, after

    return Stepper()
