"""Rewriting the graph of a forward pass so that it computes the same with fewer passes over memory."""

from __future__ import annotations

import torch
from torch._ops import OpOverload
from torch.fx import Graph, GraphModule, Node

from nnbench.runtime._torch_products import PRODUCTS, absorb

aten = torch.ops.aten

ATTENTION = {
    aten._scaled_dot_product_flash_attention_for_cpu.default,
    aten._scaled_dot_product_flash_attention.default,
    aten._scaled_dot_product_efficient_attention.default,
    aten._scaled_dot_product_cudnn_attention.default,
}

ANY_LAYOUT = ATTENTION | {
    aten.avg_pool2d.default,
    aten.convolution.default,
    aten.max_pool2d_with_indices.default,
}
"""Operations that read their inputs in any layout."""


def repeats(graph: Graph) -> bool:
    """Return whether every operation gives the same each time, changes nothing, and asks for no strides."""
    return not any(
        _draws(node) or node.target._schema.is_mutable or node.target is aten.as_strided.default
        for node in graph.nodes
        if isinstance(node.target, OpOverload)
    )


def _draws(node: Node) -> bool:
    """Return whether an operation draws random numbers; attention says so even where it drops nothing."""
    arguments = {a.name: v for a, v in zip(node.target._schema.arguments, node.args, strict=False)} | node.kwargs
    return torch.Tag.nondeterministic_seeded in node.target.tags and (
        node.target not in ATTENTION or arguments.get("dropout_p", 0.0) != 0.0
    )


def without_mutation(graph: Graph) -> None:
    """Give operations that overwrite a value which nothing else reads a place of their own."""
    for node in graph.nodes:
        if isinstance(node.target, OpOverload) and node.target._schema.is_mutable and _only_reader(node):
            packet = getattr(aten, node.target._schema.name.removeprefix("aten::").removesuffix("_"))
            node.target = getattr(packet, node.target._overloadname)


def _only_reader(node: Node) -> bool:
    value = node.args[0]
    fresh = isinstance(value.target, OpOverload) and not any(r.alias_info for r in value.target._schema.returns)
    return fresh and list(value.users) == [node]


def simplify(graph: Graph) -> None:
    """Leave out copies between layouts, and let products hold what weights add to them or multiply them with."""
    weights = of_weights(graph)
    first = next(iter(graph.nodes))
    for node in weights:
        first.prepend(node)
    for node in reversed(graph.nodes):
        _leave_layout(node, weights)
    for node in list(graph.nodes):
        if node.target in PRODUCTS and node not in weights and node.args[1] in weights:
            absorb(node, weights)
    graph.eliminate_dead_code()


def of_weights(graph: Graph) -> dict[Node, None]:
    """Return the nodes that depend on weights alone, in order."""
    found: dict[Node, None] = {}
    for node in graph.nodes:
        if node.op == "get_attr" or (node.op == "call_function" and all(n in found for n in node.all_input_nodes)):
            found[node] = None
    return found


def _leave_layout(node: Node, weights: dict[Node, None]) -> None:
    """Leave out a copy for operations that read any layout; where a view needed one, a reshape makes its own."""
    if node.target in (aten.view.default, aten._unsafe_view.default):
        node.target = aten.reshape.default
    copies = node.target is aten.clone.default and node not in weights
    if copies and all(user.target in ANY_LAYOUT for user in node.users):
        node.replace_all_uses_with(node.args[0])
        node.graph.erase_node(node)


def split(module: GraphModule) -> tuple[GraphModule, GraphModule]:
    """Return what depends on weights alone, as a module without arguments, and the rest, which takes that as well."""
    graph, weights = module.graph, of_weights(module.graph)
    fixed, copies = Graph(), dict[Node, Node]()
    for node in weights:
        copies[node] = fixed.node_copy(node, lambda n: copies[n])
    crossing = [n for n in weights if n.op != "get_attr" and any(user not in weights for user in n.users)]
    fixed.output([copies[node] for node in crossing])
    fixed.eliminate_dead_code()
    last = [node for node in graph.nodes if node.op == "placeholder"][-1]
    for number, node in enumerate(crossing):
        with graph.inserting_after(last):
            last = graph.placeholder(f"fixed_{number}")
        node.replace_all_uses_with(last, delete_user_cb=lambda user: user not in weights)
    graph.eliminate_dead_code()
    return GraphModule(module, fixed), GraphModule(module, graph)
