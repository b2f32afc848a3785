"""One call of an operation in a model's graph, in shapes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nnbench.core.lazy import keras

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Call:
    """What an operation was called with, batch axis included.

    Attributes:
        inputs: shapes of the input tensors, in order.
        outputs: shapes of the output tensors, in order.
        arguments: what each parameter of the operation's ``call`` was given, arrays as their shapes.
    """

    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    arguments: dict[str, Any]


def describe(operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any], outputs: Any) -> Call:
    """Return the `Call` of an operation on symbolic tensors with known shapes."""
    tensors = [t for t in keras.tree.flatten((args, kwargs)) if isinstance(t, keras.KerasTensor)]
    return Call(
        tuple(tuple(t.shape) for t in tensors),
        tuple(tuple(t.shape) for t in keras.tree.flatten(outputs)),
        {name: keras.tree.map_structure(_shape_of, value) for name, value in _bound(operation.call, args, kwargs)},
    )


def _bound(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[tuple[str, Any]]:
    return list(inspect.signature(function).bind_partial(*args, **kwargs).arguments.items())


class ShapeOf(tuple[int, ...]):
    """The shape of an array argument; a leaf, unlike a tuple, for those that walk nested arguments."""


def _shape_of(value: Any) -> Any:
    return ShapeOf(value.shape) if hasattr(value, "shape") else value
