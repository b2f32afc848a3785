"""The linear head of a classifier's graph, and the tensor that it is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nnbench.core.errors import NotApplicableError
from nnbench.core.lazy import keras
from nnbench.core.robustness import LinearHead

SHAPES = ("Flatten", "Reshape")
NOTHING = ("Identity", "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "GaussianDropout",
           "GaussianNoise", "AlphaDropout", "ActivityRegularization")  # fmt: skip
"""Layers that do nothing with ``training=False``."""

POOLS = ("GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D")
LINEAR = ("Dense", "Conv1D", "Conv2D", "Conv3D")


@dataclass(frozen=True)
class HeadSite:
    """Where the head is: its layer, and the tensor (n, …, d) that it is given, averaged where its outputs are."""

    layer: Any
    inputs: Any

    def values(self) -> LinearHead:
        """Return the layer's weights as they are now."""
        kernel = np.asarray(keras.ops.convert_to_numpy(self.layer.kernel), np.float32)
        weights = kernel.reshape(kernel.shape[-2:])
        bias = self.layer.bias
        bias = np.zeros(kernel.shape[-1]) if bias is None else keras.ops.convert_to_numpy(bias)
        return LinearHead(weights, np.asarray(bias, np.float32))


def find_head(model: Any) -> HeadSite:
    """Return the head of a model of one output: the last Dense layer, or a convolution of width 1.

    Behind it may come what leaves a linear function linear: reshaping, dropout, and the average over positions, which
        is taken of the layer's inputs instead. A head within a nested model is found too.

    Raises:
        NotApplicableError: there is none; the text says which layer stands in the way.
    """
    tensor, pools = model.outputs[0], []
    while not is_linear(operation := source(tensor)):
        if _is(operation, POOLS):
            pools.append(operation)
        elif getattr(operation, "layers", None) and len(operation.inputs) == 1:
            return _within(operation, tensor, pools)
        elif not passes_on(operation):
            raise NotApplicableError(
                f"needs a linear last layer; {model.name!r} ends in {operation.name!r}, a {type(operation).__name__}"
            )
        tensor = given(tensor)
    return HeadSite(operation, _pooled(given(tensor), pools, operation))


def same_values(tensor: Any, other: Any) -> bool:
    """Return whether `tensor` is `other` but for its shape, with ``training=False``."""
    while tensor is not other:
        if not passes_on(source(tensor)):
            return False
        tensor = given(tensor)
    return True


def source(tensor: Any) -> Any:
    """Return the layer or operation that gives a symbolic tensor."""
    return tensor._keras_history.operation


def given(tensor: Any) -> Any:
    """Return the tensor that the source of `tensor`, of one input, is given."""
    history = tensor._keras_history
    (only,) = history.operation._inbound_nodes[history.node_index].input_tensors
    return only


def passes_on(operation: Any) -> bool:
    """Return whether an operation gives the values that it is given."""
    if _is(operation, ("Activation",)):
        return bool(operation.activation is keras.activations.linear)
    return _is(operation, SHAPES + NOTHING)


def is_linear(operation: Any) -> bool:
    """Return whether an operation is a Dense layer, or a convolution of width 1, without an activation."""
    if not _is(operation, LINEAR) or operation.activation is not keras.activations.linear:
        return False
    if getattr(operation, "quantization_mode", None):
        return False
    steps = {*operation.kernel.shape[:-2], *getattr(operation, "strides", ()), getattr(operation, "groups", 1)}
    return steps <= {1}


def _within(nested: Any, tensor: Any, pools: list[Any]) -> HeadSite:
    site = find_head(nested)
    inputs = keras.Model(nested.inputs[0], site.inputs)(given(tensor))
    return HeadSite(site.layer, _pooled(inputs, pools, site.layer))


def _pooled(inputs: Any, pools: list[Any], layer: Any) -> Any:
    for pool in reversed(pools):  # copies, so that the model's own layers get no further calls
        inputs = type(pool).from_config({**pool.get_config(), "name": f"{pool.name}_of_features"})(inputs)
    width = layer.kernel.shape[-2]
    if any(side != 1 for side in inputs.shape[1:-1]) or inputs.shape[-1] != width:
        raise NotApplicableError(f"needs logits of one position; {layer.name!r} gives them at {inputs.shape[1:-1]}")
    return inputs


def _is(operation: Any, names: tuple[str, ...]) -> bool:
    # By exact class: a subclass may compute something else.
    return any(type(operation) is getattr(keras.layers, name) for name in names)
