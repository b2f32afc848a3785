"""One layer of linear units over the flattened sample: what the neuron family shares."""

from __future__ import annotations

from nnbench.core.lazy import keras
from nnbench.core.model import Shape
from nnbench.models._initializers import layer_options
from nnbench.models._inputs import flat_input
from nnbench.models._outputs import logits

INPUTS = ("table", "signal", "image", "points")


def linear_model(input_shape: Shape, classes: int, *, initializer: str, name: str) -> keras.Model:
    """Return ``logits = x W + b`` with (values, classes) weights; ``features`` is the flattened sample itself.

    Args:
        initializer: ``"keras"`` or ``"torch"``, see `layer_options`.
    """
    inputs, x = flat_input(input_shape, name="features")
    return keras.Model(inputs, logits(x, classes, **layer_options(initializer, x.shape[-1])), name=name)
