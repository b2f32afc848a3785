"""Layers that call other layers: what they call, on which shapes, and how often."""

from __future__ import annotations

from typing import Any, NamedTuple

from nnbench.metrics._call import Call, Shape
from nnbench.metrics._rules import keras_name


class Inner(NamedTuple):
    """A call of a wrapped layer, made `times` times."""

    layer: Any
    call: Call
    times: int


def inner_calls(operation: Any, call: Call) -> list[Inner]:
    """Return the calls that a Keras wrapper makes in a forward pass; none for what is not a wrapper."""
    match keras_name(operation):
        case "Bidirectional":
            return [Inner(layer, call, 1) for layer in (operation.forward_layer, operation.backward_layer)]
        case "TimeDistributed":
            step = Call(tuple(map(_step, call.inputs)), tuple(map(_step, call.outputs)), {})
            return [Inner(operation.layer, step, call.inputs[0][1])]
        case "SpectralNormalization":  # its power iteration runs in training alone
            return [Inner(operation.layer, call, 1)]
    return []


def _step(shape: Shape) -> Shape:
    return (shape[0], *shape[2:])
