"""Products in a graph, and what their weights can hold of the operations after them.

(x W − m) f + b is x (W f) + (b − m f): a bias, the scale of a residual branch and an inference BatchNormalization need
no pass of their own where W f and b − m f are computed once (Jacob et al. 2018, https://arxiv.org/abs/1712.05877,
section 3.2).
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

import torch
from torch.fx import Node

aten = torch.ops.aten

PRODUCTS = {aten.convolution.default: 1, aten.mm.default: 1, aten.bmm.default: 2}
"""Products of inputs and weights, with the axis of their outputs' channels."""

WITH_SHIFT = {aten.mm.default: aten.addmm.default, aten.bmm.default: aten.baddbmm.default}

LINEAR = {aten.add.Tensor, aten.sub.Tensor, aten.mul.Tensor}

VIEWS = {
    aten.permute.default,
    aten.reshape.default,
    aten.squeeze.dim,
    aten.transpose.int,
    aten.unsqueeze.default,
}

PRECISE = (torch.float32, torch.float64)
"""Types in which weights may be multiplied first and inputs afterwards."""


def absorb(product: Node, weights: Container[Node]) -> None:
    """Let a product with weights hold the sums and multiples of its channels with other weights that follow."""
    if not _can_hold(product):
        return
    channels, line, end = Channels(_value(product), PRODUCTS[product.target]), Line.of(product), product
    with product.graph.inserting_before(product):
        while len(end.users) == 1:
            (user,) = end.users
            if user.target in VIEWS and channels.follow(user):
                end = user
                continue
            other = _other_operand(user, end)
            if other not in weights or not channels.separate(_value(other)):
                break
            line = line.after(user.target, channels.numbers(other))
            user.replace_all_uses_with(end)
            product.graph.erase_node(user)
        line.put_into(product)


def _can_hold(product: Node) -> bool:
    transposed = product.target is aten.convolution.default and product.args[6]
    several = product.target is aten.bmm.default and len(_value(product)) > 1
    return _value(product).dtype in PRECISE and not transposed and not several


def _other_operand(operation: Node, one: Node) -> Node | None:
    """Return what an operation adds to one node, subtracts from it or multiplies it with."""
    if operation.target not in LINEAR or operation.kwargs or _value(operation).shape != _value(one).shape:
        return None
    first, second = operation.args
    return first if second is one and operation.target is not aten.sub.Tensor else second


class Channels:
    """Where a product's channels are among the axes of its output's views.

    Attributes:
        index: each value's channel, in the shape of the last view; it has strides along the channels alone.
    """

    def __init__(self, output: Any, axis: int) -> None:
        size = output.shape[axis]
        self.index = torch.arange(size).reshape(-1, *(1,) * (output.ndim - axis - 1)).expand(output.shape)

    def follow(self, view: Node) -> bool:
        """Go on to a view, or return False where it mixes channels with other axes."""
        operation = aten.view.default if view.target is aten.reshape.default else view.target
        try:
            self.index = operation(self.index, *view.args[1:])
        except RuntimeError:
            return False
        return True

    @property
    def _shape(self) -> list[int]:
        sizes = zip(self.index.shape, self.index.stride(), strict=True)
        return [size if stride else 1 for size, stride in sizes]

    def separate(self, weight: Any) -> bool:
        """Return whether a weight, broadcast against the view, is one number for each channel, in their order."""
        in_order = self.index.as_strided(self._shape, self.index.stride()).flatten()
        sizes = zip(reversed(weight.shape), reversed(self._shape), strict=False)
        return all(own in (1, size) for own, size in sizes) and bool((in_order.diff() == 1).all())

    def numbers(self, weight: Node) -> Node:
        """Insert the weight as (channels,)."""
        return _call(aten.reshape.default, _call(aten.expand.default, weight, self._shape), [-1])


@dataclass(frozen=True)
class Line:
    """A factor and a shift (channels,) of a product's channels; None for 1 and 0."""

    factor: Node | None
    shift: Node | None

    @classmethod
    def of(cls, product: Node) -> Line:
        """Return a product's bias as a line."""
        return cls(None, product.args[2] if product.target is aten.convolution.default else None)

    def after(self, operation: Any, numbers: Node) -> Line:
        """Insert what the line is after an operation with numbers (channels,)."""
        if operation is aten.mul.Tensor:
            factor = numbers if self.factor is None else _call(operation, self.factor, numbers)
            return Line(factor, None if self.shift is None else _call(operation, self.shift, numbers))
        if self.shift is None:
            return Line(self.factor, numbers if operation is aten.add.Tensor else _call(aten.neg.default, numbers))
        return Line(self.factor, _call(operation, self.shift, numbers))

    def put_into(self, product: Node) -> None:
        """Change a product's weights and bias."""
        x, weight, *rest = product.args
        if self.factor is not None:
            along = [1] * _value(product).ndim
            along[0 if product.target is aten.convolution.default else -1] = -1
            weight = _call(aten.mul.Tensor, weight, _call(aten.reshape.default, self.factor, along))
        if product.target is aten.convolution.default:
            product.args = (x, weight, self.shift, *rest[1:])
        elif self.shift is None:
            product.args = (x, weight)
        else:
            product.target, product.args = WITH_SHIFT[product.target], (self.shift, x, weight)


def _call(operation: Any, first: Node, *rest: Any) -> Node:
    return first.graph.call_function(operation, (first, *rest))


def _value(node: Node) -> Any:
    """Return a node's tensor, with or without values."""
    return node.meta["val"] if "val" in node.meta else getattr(node.graph.owning_module, node.target)
