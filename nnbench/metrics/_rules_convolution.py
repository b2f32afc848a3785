"""Multiply-adds of convolutions: at every output position, the kernel's size."""

from __future__ import annotations

import math
from typing import Any

from nnbench.metrics._call import Call, Shape
from nnbench.metrics._rules import Rule


def _convolution(layer: Any, call: Call) -> int:
    channels = _channels(call.inputs[0], layer.data_format) // layer.groups
    return int(math.prod(call.outputs[0]) * math.prod(layer.kernel_size) * channels)


def _transposed(layer: Any, call: Call) -> int:
    """Every input position adds a kernel's worth to the output, that which is cropped included."""
    return int(math.prod(call.inputs[0]) * math.prod(layer.kernel_size) * layer.filters)


def _depthwise(layer: Any, call: Call) -> int:
    return int(math.prod(call.outputs[0]) * math.prod(layer.kernel_size))


def _separable(layer: Any, call: Call) -> int:
    positions = _positions(call.outputs[0], layer.data_format)
    between = _channels(call.inputs[0], layer.data_format) * layer.depth_multiplier
    return int(positions * between * (math.prod(layer.kernel_size) + layer.filters))


def _convolution_operation(operation: Any, call: Call) -> int:
    kernel = call.arguments["kernel"]
    return int(_positions(call.outputs[0], operation.data_format) * math.prod(kernel))


def _transposed_operation(operation: Any, call: Call) -> int:
    kernel = call.arguments["kernel"]
    return int(_positions(call.arguments["inputs"], operation.data_format) * math.prod(kernel))


def _depthwise_operation(_operation: Any, call: Call) -> int:
    return int(math.prod(call.outputs[0]) * math.prod(call.arguments["kernel"][:-2]))


def _separable_operation(operation: Any, call: Call) -> int:
    kernels = math.prod(call.arguments["depthwise_kernel"]) + math.prod(call.arguments["pointwise_kernel"])
    return int(_positions(call.outputs[0], operation.data_format) * kernels)


def _convolutional_lstm(layer: Any, call: Call) -> int:
    batch, steps, *frame = call.inputs[0]
    output = layer.cell.compute_output_shape((batch, *frame))[0]
    channels = _channels((batch, *frame), layer.data_format) + layer.filters
    return int(steps * math.prod(output) * math.prod(layer.kernel_size) * channels * 4)


def _channels(shape: Shape, data_format: str | None) -> int:
    return shape[1] if data_format == "channels_first" else shape[-1]


def _positions(shape: Shape, data_format: str | None) -> int:
    return math.prod(shape) // _channels(shape, data_format)


RULES: dict[str, Rule] = {
    "Conv1D": _convolution,
    "Conv2D": _convolution,
    "Conv3D": _convolution,
    "Conv1DTranspose": _transposed,
    "Conv2DTranspose": _transposed,
    "Conv3DTranspose": _transposed,
    "DepthwiseConv1D": _depthwise,
    "DepthwiseConv2D": _depthwise,
    "SeparableConv1D": _separable,
    "SeparableConv2D": _separable,
    "Conv": _convolution_operation,
    "ConvTranspose": _transposed_operation,
    "DepthwiseConv": _depthwise_operation,
    "SeparableConv": _separable_operation,
    "ConvLSTM1D": _convolutional_lstm,
    "ConvLSTM2D": _convolutional_lstm,
    "ConvLSTM3D": _convolutional_lstm,
}
