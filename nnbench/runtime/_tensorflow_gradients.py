"""Gradients in a model's inputs within a function, faster than TensorFlow's where a convolution reads few channels.

On a CPU, oneDNN's kernel for the gradient in a convolution's input computes channels by the block, and takes as long
for the one or three of an image. TensorFlow's other kernel, which it keeps for explicit padding, does not: under half
of the time for the first layer of most networks, which attacks pass in each step.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import tensorflow as tf

GRADIENT = "NnbenchConv2D"
MOST_CHANNELS, LEAST_FILTERS = 4, 8
"""Where the other kernel is the faster one, by measurement."""


@contextmanager
def quick_convolutions() -> Iterator[None]:
    """Give convolutions that are built within a function the gradient of this file, for `input_gradient`."""
    if tf.config.list_physical_devices("GPU"):
        yield
        return
    with tf.compat.v1.get_default_graph().gradient_override_map({"Conv2D": GRADIENT}):
        yield


def input_gradient(values: Any, x: Any) -> Any:
    """Return the gradient of the sum of `values` in `x`; 0 where they do not depend on it."""
    return tf.gradients(values, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)[0]


def _gradients(convolution: Any, gradient: Any) -> tuple[Any, Any]:
    x, weights = convolution.inputs
    names = ("strides", "padding", "explicit_paddings", "data_format", "dilations")
    options = {name: convolution.get_attr(name) for name in names} | {"out_backprop": gradient}
    # Each is left out of the graph where nothing asks for it.
    in_x = {"input_sizes": tf.shape(x), "filter": weights, **options, **_explicit(convolution)}
    in_weights = {"input": x, "filter_sizes": tf.shape(weights), **options}
    return tf.raw_ops.Conv2DBackpropInput(**in_x), tf.raw_ops.Conv2DBackpropFilter(**in_weights)


def _explicit(convolution: Any) -> dict[str, Any]:
    """Return the padding in numbers, where that chooses the faster kernel."""
    x, weights, output = (tensor.shape for tensor in (*convolution.inputs, convolution.outputs[0]))
    known = None not in (*x[1:], *weights, *output[1:])
    if not known or convolution.get_attr("data_format") != b"NHWC" or set(convolution.get_attr("dilations")) != {1}:
        return {}
    if weights[2] > MOST_CHANNELS or weights[3] < LEAST_FILTERS or convolution.get_attr("padding") == b"EXPLICIT":
        return {}
    pads = [0, 0]
    for axis in (1, 2):
        covered = (output[axis] - 1) * convolution.get_attr("strides")[axis] + weights[axis - 1]
        around = max(covered - x[axis], 0)
        pads += [around // 2, around - around // 2]
    return {"padding": "EXPLICIT", "explicit_paddings": [*pads, 0, 0]}


tf.RegisterGradient(GRADIENT)(_gradients)
