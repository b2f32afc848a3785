"""Multiply-adds of dense layers and of matrix products in the graph."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from nnbench.metrics._call import Call, Shape
from nnbench.metrics._rules import Rule


def _dense(_layer: Any, call: Call) -> int:
    return math.prod(call.outputs[0]) * call.inputs[0][-1]


def _einsum_dense(layer: Any, call: Call) -> int:
    operands, output = layer.equation.replace(" ", "").split("->")
    # Every axis of the kernel is one of the input's or the output's.
    return index_space((operands.split(",")[0], output), (call.inputs[0], call.outputs[0]))


def _reversible_embedding(layer: Any, call: Call) -> int:
    return math.prod(call.inputs[0]) * layer.input_dim if call.arguments.get("reverse") else 0


def _dot(operation: Any, call: Call) -> int:
    """The layer and the operation share the name: the layer contracts `axes`, the operation the last axis."""
    axes = getattr(operation, "axes", -1)
    axis = axes if isinstance(axes, int) else axes[0]
    return math.prod(call.outputs[0]) * _first_operand(call)[axis]


def _matmul(_operation: Any, call: Call) -> int:
    return math.prod(call.outputs[0]) * (_first_operand(call) or (1,))[-1]


def _tensordot(_operation: Any, call: Call) -> int:
    # |a|·|b| = |output|·K², where K is the size of what is contracted.
    a, b = (math.prod(shape) for shape in list(call.arguments.values())[:2])
    return math.isqrt(a * b * math.prod(call.outputs[0]))


def _einsum(operation: Any, call: Call) -> int:
    """The whole index space, once for each operand beside the first; Keras contracts longer products in pairs."""
    terms = operation.subscripts.replace(" ", "").split("->")[0].split(",")
    shapes = call.arguments["operands"]
    return index_space(terms, shapes) * (len(terms) - 1)


def index_space(terms: Sequence[str], shapes: Sequence[Shape]) -> int:
    """Return the product of the sizes of all indices in einsum `terms` over arrays of `shapes`."""
    sizes: dict[str, int] = {}
    for term, shape in zip(terms, shapes, strict=True):
        for label, size in zip(_labels(term, len(shape)), shape, strict=True):
            sizes[label] = max(size, sizes.get(label, 1))
    return math.prod(sizes.values())


def _labels(term: str, rank: int) -> list[str]:
    head, dots, tail = term.partition("...")
    hidden = rank - len(head) - len(tail) if dots else 0
    return [*head, *(f"...{i}" for i in reversed(range(hidden))), *tail]


def _first_operand(call: Call) -> Shape:
    first = next(iter(call.arguments.values()))
    return tuple(first[0] if isinstance(first, list) else first)


RULES: dict[str, Rule] = {
    "Dense": _dense,
    "EinsumDense": _einsum_dense,
    "ReversibleEmbedding": _reversible_embedding,
    "Dot": _dot,
    "Matmul": _matmul,
    "Inner": _matmul,
    "Vdot": _matmul,
    "Tensordot": _tensordot,
    "Einsum": _einsum,
}
