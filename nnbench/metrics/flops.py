"""Floating-point operations of a forward pass, counted from the model's graph without running it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nnbench.core.errors import ArgumentError, NotApplicableError
from nnbench.metrics import _rules_attention, _rules_convolution, _rules_dense, _rules_recurrent
from nnbench.metrics._call import Call
from nnbench.metrics._graph import calls, has_graph, input_shapes
from nnbench.metrics._rules import FREE, keras_name
from nnbench.metrics._wrappers import inner_calls

if TYPE_CHECKING:
    import keras

RULES = _rules_attention.RULES | _rules_convolution.RULES | _rules_dense.RULES | _rules_recurrent.RULES
"""Rules by the name of the Keras class."""


@dataclass(frozen=True)
class Flops:
    """Floating-point operations of one forward pass.

    Attributes:
        total: two for every multiply-add.
        by_layer: the same by top-level layer or operation, in the order of execution; those without any left out.
        uncounted: paths (``"outer/inner"``) of layers that have weights and no known cost; not in `total`.
    """

    total: int
    by_layer: Mapping[str, int]
    uncounted: tuple[str, ...]


def count_flops(model: keras.Model, batch: int = 1) -> Flops:
    """Count the floating-point operations of a forward pass, two for every multiply-add.

    Counted are the matrix products: dense, convolutional, recurrent and attention layers, and ``matmul``, ``einsum``
    and the like in the graph. By the convention of published tables, biases, activations, normalisation, pooling,
    softmax and look-ups count as none. A layer of your own is counted if it has a method ``flops(*input_shapes) ->
    int``, given shapes with the batch axis.

    Args:
        model: a built Functional or Sequential model; its weights need no values.
        batch: number of samples.

    Raises:
        ArgumentError: `batch` below 1.
        NotApplicableError: the model has no graph, or an input whose size is free.
    """
    if batch < 1:
        raise ArgumentError(f"batch must be at least 1. Received: {batch}.")
    if not has_graph(model):
        raise NotApplicableError(f"{model.name!r} is not a built Functional or Sequential model.")
    by_layer: Counter[str] = Counter()
    uncounted: dict[str, None] = {}
    for operation, call in calls(model, input_shapes(model, batch)):
        for path, cost in _costs(operation, call, operation.name):
            if cost is None:
                uncounted[path] = None
            elif cost:
                by_layer[operation.name] += cost
    return Flops(by_layer.total(), dict(by_layer), tuple(uncounted))


def _costs(operation: Any, call: Call, path: str, times: int = 1) -> Iterator[tuple[str, int | None]]:
    """Yield what `times` calls of `operation` cost, by path; None for what is not known."""
    if callable(getattr(operation, "flops", None)):
        yield path, times * operation.flops(*call.inputs)
    elif has_graph(operation):
        for inner, inner_call in calls(operation, call.inputs):
            yield from _costs(inner, inner_call, f"{path}/{inner.name}", times)
    elif wrapped := inner_calls(operation, call):
        for layer, inner_call, repeats in wrapped:
            yield from _costs(layer, inner_call, f"{path}/{layer.name}", times * repeats)
    else:
        cost = _cost(operation, call)
        yield path, None if cost is None else 2 * times * cost


def _cost(operation: Any, call: Call) -> int | None:
    name = keras_name(operation)
    if name in RULES:
        return RULES[name](operation, call)
    return None if getattr(operation, "weights", None) and name not in FREE else 0
