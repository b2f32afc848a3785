"""The weights of a Keras layer, and how PyTorch keeps the same ones."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.weights import Key

NAMES = {
    "kernel": "weight",
    "gamma": "weight",
    "scale": "weight",
    "embeddings": "weight",
    "bias": "bias",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
"""Our variable's name to PyTorch's parameter; those of recurrent layers are separate."""

RECURRENT = {"kernel": ("weight_ih",), "recurrent_kernel": ("weight_hh",), "bias": ("bias_ih", "bias_hh")}


@dataclass(frozen=True)
class Owner:
    """A layer that has weights of its own, besides those of layers within it."""

    layer: Any
    path: str
    variables: dict[str, Any]


def owners(model: Any) -> Iterator[Owner]:
    """Yield the layers of `model` that own weights, each once, in the order of the model."""
    seen: set[int] = set()
    # Keras has no public way to the weights that a layer owns itself.
    for layer in model._flatten_layers(include_self=True):
        own = [v for v in (*layer._trainable_variables, *layer._non_trainable_variables) if id(v) not in seen]
        seen.update(map(id, own))
        if own:
            path = own[0].path.rpartition("/")[0]
            yield Owner(layer, path, {v.path.rpartition("/")[2]: v for v in own})


def parameters(owner: Owner, variable: str, key: Key) -> tuple[str, ...]:
    """Return the names of the parameters that `variable` is made of; two for the biases of a recurrent layer."""
    if variable in key.names:
        return (key.names[variable],)
    if _kind(owner.layer).endswith("Cell"):
        return tuple(name + key.suffix for name in RECURRENT[variable])
    if variable not in NAMES:
        raise ArgumentError(f"{owner.path}/{variable} has no usual name; its key must give one in `names`.")
    return (NAMES[variable] + key.suffix,)


@dataclass(frozen=True)
class _Wanted:
    """What a converter is given: a variable's name and shape, its parameters' values, and where they stood."""

    variable: str
    shape: tuple[int, ...]
    arrays: list[Array]
    key: Key


def converted(owner: Owner, variable: str, arrays: list[Array], key: Key) -> Array:
    """Return the value of `variable` from its parameters.

    Raises:
        ArgumentError: a shape that does not fit; the text gives both.
    """
    shape = tuple(owner.variables[variable].shape)
    convert = _CONVERTERS.get(_kind(owner.layer), _plain)
    value = convert(_Wanted(variable, shape, [_part(array, key) for array in arrays], key))
    if _squeezed(value.shape) == _squeezed(shape):
        value = value.reshape(shape)
    if value.shape != shape:
        given = " and ".join(str(array.shape) for array in arrays)
        raise ArgumentError(f"{given} becomes {value.shape}, and {shape} is needed")
    return np.ascontiguousarray(value)


def _part(array: Array, key: Key) -> Array:
    if key.part is None:
        return array
    i, n = key.part
    axis = 0 if key.transposed or array.ndim == 1 else -1
    if array.shape[axis] % n:
        raise ArgumentError(f"{array.shape} cannot be cut into {n} equal parts")
    return np.split(array, n, axis=axis)[i]


def _plain(wanted: _Wanted) -> Array:
    return wanted.arrays[0]


def _dense(wanted: _Wanted) -> Array:
    array, key = wanted.arrays[0], wanted.key
    if wanted.variable == "kernel":
        array = _without_window(array)
        array = array.T if key.transposed else array
        array = _channels_last(array, key.unflatten) if key.unflatten else array
    # A projection to or from heads is one matrix there, and a tensor with an axis of heads here.
    has_heads = len(wanted.shape) > (2 if wanted.variable == "kernel" else 1)
    return array.reshape(wanted.shape) if has_heads and array.size == math.prod(wanted.shape) else array


def _channels_last(kernel: Array, shape: tuple[int, int, int]) -> Array:
    channels, height, width = shape
    if kernel.shape[0] != channels * height * width:
        raise ArgumentError(f"{kernel.shape[0]} inputs are not a flattened map of {shape}")
    return kernel.reshape(*shape, -1).transpose(1, 2, 0, 3).reshape(kernel.shape)


def _without_window(array: Array) -> Array:
    """A convolution of one position is a linear layer."""
    return array.reshape(array.shape[:2]) if array.ndim > 2 and math.prod(array.shape[2:]) == 1 else array


def _convolution(wanted: _Wanted) -> Array:
    array = wanted.arrays[0]
    if wanted.variable != "kernel":
        return array
    if array.ndim == 2:
        array = array.reshape(*array.shape, *(1,) * (len(wanted.shape) - 2))
    return np.moveaxis(array, (1, 0), (-2, -1))


def _depthwise(wanted: _Wanted) -> Array:
    array = wanted.arrays[0]
    if wanted.variable != "kernel":
        return array
    # (channels · multiplier, 1, …) there, (…, channels, multiplier) here.
    grouped = array.reshape(wanted.shape[-2], -1, *array.shape[2:])
    return np.moveaxis(grouped, (0, 1), (-2, -1))


def _lstm(wanted: _Wanted) -> Array:
    """Gates stand in the order input, forget, cell, output in both; PyTorch has two biases, which are added."""
    arrays = wanted.arrays
    return np.sum(arrays, axis=0, dtype=arrays[0].dtype) if wanted.variable == "bias" else arrays[0].T


def _gru(wanted: _Wanted) -> Array:
    """PyTorch's gates stand in the order reset, update, new; Keras's are update, reset, new."""
    ordered = []
    for array in wanted.arrays:
        reset, update, new = np.split(array, 3)
        ordered.append(np.concatenate([update, reset, new]))
    return np.stack(ordered) if wanted.variable == "bias" else ordered[0].T


_CONVERTERS = {
    "Dense": _dense,
    "EinsumDense": _dense,
    "Conv1D": _convolution,
    "Conv2D": _convolution,
    "Conv1DTranspose": _convolution,
    "Conv2DTranspose": _convolution,
    "DepthwiseConv1D": _depthwise,
    "DepthwiseConv2D": _depthwise,
    "LSTMCell": _lstm,
    "GRUCell": _gru,
    "SimpleRNNCell": _lstm,
}


def _kind(layer: Any) -> str:
    """Return the name of the Keras class that `layer` is or descends from."""
    own: Any = type(layer)
    return next((c.__name__ for c in own.__mro__ if c.__name__ in _CONVERTERS), "")


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(side for side in shape if side != 1)
