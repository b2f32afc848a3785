"""Turns the shape of a sample into a Keras input, read in the way that a builder needs.

Every function returns ``(inputs, x)``: the model's symbolic input (batch, *input_shape), and the same values in the
shape that its docstring gives.
"""

from __future__ import annotations

import math
from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape

Pair = tuple[Any, Any]


def flat_input(input_shape: Shape, *, name: str = "flatten") -> Pair:
    """Read any sample as one vector: `x` is (batch, values)."""
    _check_known(input_shape)
    inputs = keras.Input(input_shape, name="inputs")
    return inputs, keras.layers.Flatten(name=name)(inputs)


def sequence_input(input_shape: Shape) -> Pair:
    """Read a sample step by step: `x` is (batch, steps, channels).

    A table or signal (n,) gives n steps of one value, a signal (n, c) is taken as it is, an image (h, w, c) gives its
    h rows.

    Raises:
        ArgumentError: a rank other than 1 to 3, or an unknown side.
    """
    _check_known(input_shape)
    _check_rank(input_shape, 1, 3, "(steps,), (steps, channels) or (height, width, channels)")
    return _reshaped(input_shape, (input_shape[0], math.prod(_sides(input_shape)[1:])))


def signal_input(input_shape: Shape, *, least: int = 1) -> Pair:
    """Read a signal (n,) or (n, c): `x` is (batch, n, c).

    Args:
        least: the smallest n that the builder can use.

    Raises:
        ArgumentError: another rank, an unknown side, or too few steps.
    """
    _check_rank(input_shape, 1, 2, "(steps,) or (steps, channels)")
    pair = sequence_input(input_shape)
    if _sides(input_shape)[0] < least:
        raise ArgumentError(f"input_shape must have at least {least} steps. Received: {input_shape}.")
    return pair


def image_input(input_shape: Shape, *, least: int = 1) -> Pair:
    """Read an image (h, w) or (h, w, c): `x` is (batch, h, w, c).

    Args:
        least: the smallest side that the builder can use.

    Raises:
        ArgumentError: another rank, an unknown side, or one below `least`.
    """
    _check_known(input_shape)
    _check_rank(input_shape, 2, 3, "(height, width) or (height, width, channels)")
    if min(_sides(input_shape)[:2]) < least:
        raise ArgumentError(f"input_shape must have sides of at least {least}. Received: {input_shape}.")
    return _reshaped(input_shape, (*input_shape, 1)[:3])


def token_input(input_shape: Shape, *, name: str = "inputs") -> Pair:
    """Read token numbers (length,): `x` is (batch, length) of int32.

    Args:
        name: of the input, where a model has several.

    Raises:
        ArgumentError: another rank, or an unknown length.
    """
    _check_known(input_shape)
    _check_rank(input_shape, 1, 1, "(length,)")
    inputs = keras.Input(input_shape, dtype="int32", name=name)
    return inputs, inputs


def _reshaped(input_shape: Shape, target: Shape) -> Pair:
    inputs = keras.Input(input_shape, name="inputs")
    return inputs, inputs if target == input_shape else keras.layers.Reshape(target, name="reshape")(inputs)


def _sides(input_shape: Shape) -> list[int]:
    return [side for side in input_shape if side is not None]


def _check_known(input_shape: Shape) -> None:
    if None in input_shape or not input_shape:
        raise ArgumentError(f"input_shape must give every side of a sample. Received: {input_shape}.")


def _check_rank(input_shape: Shape, low: int, high: int, expected: str) -> None:
    if not low <= len(input_shape) <= high:
        raise ArgumentError(f"input_shape must be {expected}. Received: {input_shape}.")
