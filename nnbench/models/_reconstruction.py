"""The end of networks that give samples by a dense layer: a layer named ``logits``, then values between 0 and 1."""

from __future__ import annotations

import math
from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape
from nnbench.models._outputs import logits, output_dtype

OUTPUTS = {"logistic": "sigmoid", "softmax": "softmax", "linear": None}
"""What follows the dense layer, and Keras's name of it."""


def sample_output(x: Any, input_shape: Shape, output: str = "logistic", **options: Any) -> Any:
    """Return samples (batch, *input_shape) made of `x` (batch, n); ``logits`` (batch, values) is before the last step.

    Args:
        output: ``"logistic"`` for values between 0 and 1, ``"softmax"`` for those that also add up to 1, ``"linear"``
            for any.
        **options: of ``keras.layers.Dense``.

    Raises:
        ArgumentError: another `output`.
    """
    if output not in OUTPUTS:
        raise ArgumentError(f"output must be one of {', '.join(OUTPUTS)}. Received: {output!r}.")
    x = logits(x, math.prod(side for side in input_shape if side is not None), **options)
    if activation := OUTPUTS[output]:
        x = keras.layers.Activation(activation, name="probabilities", dtype=output_dtype())(x)
    return keras.layers.Reshape(input_shape, name="samples", dtype=output_dtype())(x)


def check_unlabelled(classes: int | None) -> None:
    """Raise ArgumentError where a network that knows no labels is given classes."""
    if classes is not None:
        raise ArgumentError(f"classes must be None: this network knows no labels. Received: {classes}.")
