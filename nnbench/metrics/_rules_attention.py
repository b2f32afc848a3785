"""Multiply-adds of attention: projections, and the products of queries, keys and values.

A causal mask saves nothing here: the products are those of the full square, which is also what is published.

Shapes: B batch and axes that are not attended over, T queries, S keys, N heads, G key-value heads, H head width.
"""

from __future__ import annotations

import math
from typing import Any

from nnbench.metrics._call import Call, Shape
from nnbench.metrics._rules import Rule


def _multi_head(layer: Any, call: Call) -> int:
    query, key, value = _arguments(call)
    heads, key_dim, value_dim = layer.num_heads, layer.key_dim, layer.value_dim
    batch, t = _split(query, layer.get_config()["attention_axes"])
    s = _split(value, layer.get_config()["attention_axes"])[1]
    projections = math.prod(query) * heads * (key_dim + _gate(layer, value_dim))
    projections += math.prod(key) * heads * key_dim + math.prod(value) * heads * value_dim
    projections += math.prod(call.outputs[0]) * heads * value_dim
    return int(projections + batch * heads * t * s * (key_dim + value_dim))


def _grouped_query(layer: Any, call: Call) -> int:
    query, key, value = _arguments(call)
    heads, groups, head_dim = layer.num_query_heads, layer.num_key_value_heads, layer.head_dim
    batch, t = _split(query, None)
    s = _split(value, None)[1]
    projections = math.prod(query) * heads * (head_dim + _gate(layer, head_dim))
    projections += (math.prod(key) + math.prod(value)) * groups * head_dim
    projections += math.prod(call.outputs[0]) * heads * head_dim
    return int(projections + batch * heads * t * s * 2 * head_dim)


def _dot_product(layer: Any, call: Call) -> int:
    query, value = call.inputs[:2]
    scores = query[-1] if layer.score_mode == "dot" else 0  # "concat" adds without multiplying
    return math.prod(query[:-1]) * value[-2] * (scores + value[-1])


def _additive(_layer: Any, call: Call) -> int:
    query, value = call.inputs[:2]
    return math.prod(query[:-1]) * value[-2] * (query[-1] + value[-1])


def _operation(_operation: Any, call: Call) -> int:
    batch, t, heads, width = call.arguments["query"]
    return int(batch * heads * t * call.arguments["key"][1] * (width + call.arguments["value"][-1]))


def _arguments(call: Call) -> tuple[Shape, Shape, Shape]:
    value = call.arguments["value"]
    key = call.arguments.get("key")
    return call.arguments["query"], value if key is None else key, value


def _split(shape: Shape, attention_axes: tuple[int, ...] | None) -> tuple[int, int]:
    """Return the size of the batch-like axes and of the attended ones; by default all between are attended."""
    attended = range(1, len(shape) - 1) if attention_axes is None else attention_axes
    size = math.prod(shape[axis] for axis in attended)
    return math.prod(shape[:-1]) // size, size


def _gate(layer: Any, width: int) -> int:
    return width if getattr(layer, "use_gate", getattr(layer, "_use_gate", False)) else 0


RULES: dict[str, Rule] = {
    "MultiHeadAttention": _multi_head,
    "GroupedQueryAttention": _grouped_query,
    "Attention": _dot_product,
    "AdditiveAttention": _additive,
    "DotProductAttention": _operation,
}
