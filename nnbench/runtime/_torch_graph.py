"""A model's forward pass as a graph of PyTorch's own operations, made once for inputs of a shape and then replayed.

Replaying saves the calls of the model's layers. What depends on weights alone is computed once, and again when a weight
has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import torch
from torch.fx.experimental.proxy_tensor import make_fx

from nnbench.runtime._torch_rewrites import repeats, simplify, split, without_mutation
from nnbench.runtime.engine import Inputs

KEPT = 4
"""Graphs of a model; inputs of further shapes run as they are."""

TOLERANCE = 1e-3
"""Of the largest output: rounding in another order, of deep networks with random weights too."""

Signature = tuple[tuple[torch.Size, torch.dtype, torch.device], ...]


class ReplayedPass:
    """A forward pass that is called as it is on inputs of a new shape, and replayed when the shape comes again.

    A model that draws random numbers, keeps a state, or decides in Python by what its inputs hold is always called.
    """

    def __init__(self, forward: Callable[[Any], Any]) -> None:
        self._forward = forward
        self._seen: set[Signature] = set()
        self._graphs: dict[Signature, PassGraph | None] = {}

    def __call__(self, x: Inputs) -> Any:
        """Return the outputs for inputs (n, *shape)."""
        x = keras.tree.map_structure(keras.ops.convert_to_tensor, x)
        signature = tuple((part.shape, part.dtype, part.device) for part in keras.tree.flatten(x))
        if graph := self._graphs.get(signature):
            return graph(x)
        outputs = self._forward(x)
        if signature in self._seen and signature not in self._graphs and len(self._graphs) < KEPT:
            self._graphs[signature] = graph_of(self._forward, x, outputs)
        self._seen.add(signature)
        return outputs


def graph_of(forward: Callable[[Any], Any], x: Any, outputs: Any) -> PassGraph | None:
    """Return the graph of a pass on tensors of the shapes of `x`, or None where it would not give the same."""
    try:
        graph = PassGraph(forward, x)
        return graph if _agree(graph(x), outputs) else None
    # The user's own layers meet tensors without values here: anything can be raised, and the pass itself still runs.
    except Exception:
        return None


def _agree(ours: Any, theirs: Any) -> bool:
    pairs = zip(keras.tree.flatten(ours), keras.tree.flatten(theirs), strict=True)
    return all(_same(one.to(torch.float64), other.to(torch.float64)) for one, other in pairs)


def _same(one: Any, other: Any) -> bool:
    """Return whether tensors agree up to rounding, beside the largest value."""
    finite = other[torch.isfinite(other)].abs()
    scale = finite.max().item() if len(finite) else 0.0
    return bool(torch.allclose(one, other, rtol=0, atol=TOLERANCE * scale, equal_nan=True))


class PassGraph:
    """The graph of a pass.

    What weights alone decide is computed when their versions change, which every assignment raises except one through
    PyTorch's ``.data``.

    Raises:
        ValueError: the pass is not the same each time.
    """

    def __init__(self, forward: Callable[[Any], Any], x: Any) -> None:
        def on_parts(*parts: Any) -> list[Any]:
            outputs = forward(keras.tree.pack_sequence_as(x, parts))
            self._outputs = keras.tree.map_structure(lambda _: 0, outputs)
            return list(keras.tree.flatten(outputs))

        module = make_fx(on_parts, tracing_mode="fake", _allow_non_fake_inputs=True)(*keras.tree.flatten(x))
        without_mutation(module.graph)
        if not repeats(module.graph):
            raise ValueError("The pass draws random numbers or changes a state.")
        simplify(module.graph)
        self._fixed, self._rest = split(module)
        self._weights = [getattr(self._fixed, n.target) for n in self._fixed.graph.nodes if n.op == "get_attr"]
        self._state: list[tuple[int, int]] | None = None
        self._values: Sequence[Any] = ()

    def __call__(self, x: Any) -> Any:
        """Return the outputs for tensors of the graph's shapes."""
        state = [(weight._version, weight.data_ptr()) for weight in self._weights]
        if state != self._state:
            self._values, self._state = self._fixed(), state
        outputs = self._rest(*keras.tree.flatten(x), *self._values)
        return keras.tree.pack_sequence_as(self._outputs, outputs)
