"""The inner layers of a classifier whose activations some detectors compare."""

from __future__ import annotations

import math
from typing import Any

from nnbench.core.errors import NotApplicableError
from nnbench.core.lazy import keras

ACTIVATING = ("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU")


def inner_activations(model: Any) -> list[Any]:
    """Return the outputs, as (n, positions, channels), of all layers that convolve, multiply or activate, but the last.

    These are Conv, Dense and recurrent layers and those that are an activation, in the order of `model`'s layers; what
    is within a nested model or a composite layer is not looked at.

    Raises:
        NotApplicableError: there is none.
    """
    found = [_positions(layer) for layer in model.layers if _activates(layer) and layer.output is not model.outputs[0]]
    if not found:
        raise NotApplicableError(f"needs inner layers; {model.name!r} has none")
    return found


def _activates(layer: Any) -> bool:
    if not hasattr(layer, "activation") and type(layer).__name__ not in ACTIVATING:
        return False
    shape = getattr(getattr(layer, "output", None), "shape", ())
    return len(shape) in (2, 3) or (len(shape) > 3 and None not in shape[1:])


def _positions(layer: Any) -> Any:
    x = layer.output
    if getattr(layer, "data_format", "channels_last") == "channels_first" and len(x.shape) > 2:
        x = keras.ops.moveaxis(x, 1, -1)
    # By operations, as a layer that is given a mask may have to know what to do with it.
    x = keras.ops.cast(x, "float32")
    if len(x.shape) == 2:
        return keras.ops.expand_dims(x, 1)
    return x if len(x.shape) == 3 else keras.ops.reshape(x, (-1, math.prod(x.shape[1:-1]), x.shape[-1]))
