"""Walks the calls in a Functional model's graph with every shape known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nnbench.core.errors import NotApplicableError
from nnbench.core.lazy import keras
from nnbench.metrics._call import Call, Shape, describe


def has_graph(operation: Any) -> bool:
    """Return whether `operation` is a built Functional or Sequential model."""
    return isinstance(operation, keras.Model) and bool(getattr(_function(operation), "_nodes_by_depth", None))


def input_shapes(model: Any, batch: int) -> tuple[Shape, ...]:
    """Return the shapes of the model's inputs with the batch axis set.

    Raises:
        NotApplicableError: another axis is free.
    """
    shapes = tuple((batch, *t.shape[1:]) for t in model.inputs)
    for shape in shapes:
        if None in shape:
            raise NotApplicableError(f"the cost depends on the free axes of the input {(None, *shape[1:])}.")
    return shapes


def calls(model: Any, shapes: tuple[Shape, ...]) -> Iterator[tuple[Any, Call]]:
    """Yield every operation and call of a forward pass on inputs of `shapes`, in the order of execution.

    A layer that is called several times is yielded as often.
    """
    function = _function(model)
    known = {id(t): _like(t, s) for t, s in zip(function.inputs, shapes, strict=True)}
    batch = shapes[0][0]
    for depth in sorted(function._nodes_by_depth, reverse=True):
        for node in function._nodes_by_depth[depth]:
            if node.is_input or any(id(t) not in known for t in node.input_tensors):
                continue
            args, kwargs = node.arguments.fill_in(known)
            outputs = _outputs(node, known, batch, args, kwargs)
            known.update(zip(map(id, node.outputs), keras.tree.flatten(outputs), strict=True))
            yield node.operation, describe(node.operation, args, kwargs, outputs)


def _function(model: Any) -> Any:
    # A Sequential model keeps its graph in a Functional one of its own.
    return getattr(model, "_functional", None) or model


def _outputs(node: Any, known: dict[int, Any], batch: int, args: Any, kwargs: Any) -> Any:
    """Take the recorded output shapes where the inputs are those recorded, and infer them anew where they are not.

    Operations that are not layers may fold the batch axis into another, so theirs are always inferred.
    """
    recorded = [_with_batch(t.shape, batch) for t in node.outputs]
    same = all(tuple(known[id(t)].shape) == _with_batch(t.shape, batch) for t in node.input_tensors)
    if same and isinstance(node.operation, keras.Layer) and not any(None in shape for shape in recorded):
        return [_like(t, shape) for t, shape in zip(node.outputs, recorded, strict=True)]
    inferred = node.operation.compute_output_spec(*args, **kwargs)
    if any(None in t.shape for t in keras.tree.flatten(inferred)):
        # A layer may state fewer sizes than its computation has; tracing that finds them all.
        return keras.Operation.compute_output_spec(node.operation, *args, **kwargs)
    return inferred


def _with_batch(shape: Any, batch: int) -> Shape:
    return tuple(batch if axis == 0 and size is None else size for axis, size in enumerate(shape))


def _like(tensor: Any, shape: Shape) -> Any:
    return keras.KerasTensor(shape, tensor.dtype)
