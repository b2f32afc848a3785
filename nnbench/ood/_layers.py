"""The inner layers of a classifier whose activations some detectors compare."""

from __future__ import annotations

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
    activation = hasattr(layer, "activation") or type(layer).__name__ in ACTIVATING
    output = getattr(layer, "output", None)
    return bool(activation and hasattr(output, "shape") and len(output.shape) >= 2)


def _positions(layer: Any) -> Any:
    x = layer.output
    if getattr(layer, "data_format", "channels_last") == "channels_first" and len(x.shape) > 2:
        x = keras.ops.moveaxis(x, 1, -1)
    return keras.ops.cast(keras.layers.Reshape((-1, x.shape[-1]))(x), "float32")
