"""Layers whose kernel is divided by its largest singular value.

Miyato et al. (2018), Spectral normalization for generative adversarial networks, https://arxiv.org/abs/1802.05957,
algorithm 1. The kernel, as a matrix (inputs, outputs), is divided by σ = v·K·u, where one step of power iteration per
call brings u (outputs,) and v (inputs,) nearer to the leading singular vectors; the gradient flows through K and σ, and
not through u and v. Only training keeps the new u. ``keras.layers.SpectralNormalization`` overwrites the kernel itself
in every training call instead, so that no gradient flows through σ, and the kernel that the optimizer has just moved is
not normalised until the next one.
"""

from __future__ import annotations

import math
from typing import Any

import keras

Shape = tuple[int | None, ...]


class _Spectral(keras.layers.Layer):  # type: ignore[misc]
    """What both layers share: the weights, and the kernel that the outputs are computed with."""

    def __init__(self, units: int, kernel_initializer: Any = "glorot_uniform", **options: Any) -> None:
        super().__init__(**options)
        self.units = units
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def add_weights(self, kernel_shape: tuple[int, ...]) -> None:
        """Create the kernel (…, units), the bias (units,) and u (units,)."""
        self.kernel = self.add_weight(shape=kernel_shape, initializer=self.kernel_initializer, name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")
        self.u = self.add_weight(
            shape=(self.units,), initializer="random_normal", trainable=False, dtype="float32", name="u"
        )
        self.built = True

    def normalised_kernel(self, training: bool) -> Any:
        """Return the kernel divided by σ, which is computed in float32; in training, keep u."""
        ops = keras.ops
        matrix = ops.reshape(ops.cast(self.kernel, "float32"), (-1, self.units))
        fixed = ops.stop_gradient(matrix)
        v = _unit(ops.matmul(fixed, ops.cast(self.u, "float32")))
        u = _unit(ops.matmul(v, fixed))
        if training:
            self.u.assign(u)
        sigma = ops.sum(ops.matmul(v, matrix) * u)
        return ops.cast(ops.reshape(matrix / sigma, self.kernel.shape), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Return what the constructor needs."""
        initializer = keras.initializers.serialize(self.kernel_initializer)
        return {**super().get_config(), "units": self.units, "kernel_initializer": initializer}


@keras.saving.register_keras_serializable(package="nnbench")
class SpectralDense(_Spectral):
    """A dense layer with spectral normalisation: maps (batch, width) to (batch, units).

    Weights: kernel (width, units), bias (units,), and u (units,), which is not trained.
    """

    def build(self, input_shape: Shape) -> None:
        """Create the weights for inputs of `input_shape`'s width."""
        width = input_shape[-1]
        assert width is not None
        self.add_weights((width, self.units))

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return the product of `inputs` and the normalised kernel, plus the bias."""
        return keras.ops.matmul(inputs, self.normalised_kernel(training)) + keras.ops.cast(self.bias, inputs.dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return `input_shape` with the last side replaced."""
        return (*input_shape[:-1], self.units)

    def flops(self, *input_shapes: Any) -> int:
        """Return two for every multiply-add with the kernel; the normalisation is not counted."""
        return 2 * int(math.prod(input_shapes[0])) * self.units


@keras.saving.register_keras_serializable(package="nnbench")
class SpectralConv2D(_Spectral):
    """A convolution with spectral normalisation: (batch, height, width, channels) to (batch, height, width, units).

    Stride 1, with zeros on every side so that the sides stay. Weights: kernel (size, size, channels, units), bias
    (units,), and u (units,), which is not trained.
    """

    def __init__(
        self, units: int, kernel_size: int, kernel_initializer: Any = "glorot_uniform", **options: Any
    ) -> None:
        super().__init__(units, kernel_initializer, **options)
        self.kernel_size = kernel_size

    def build(self, input_shape: Shape) -> None:
        """Create the weights for inputs of `input_shape`'s channels."""
        channels = input_shape[-1]
        assert channels is not None
        self.add_weights((self.kernel_size, self.kernel_size, channels, self.units))

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return `inputs` convolved with the normalised kernel, plus the bias."""
        kernel = self.normalised_kernel(training)
        outputs = keras.ops.conv(inputs, kernel, padding="same", data_format="channels_last")
        return outputs + keras.ops.cast(self.bias, inputs.dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return `input_shape` with the channels replaced."""
        return (*input_shape[:-1], self.units)

    def flops(self, *input_shapes: Any) -> int:
        """Return two for every multiply-add with the kernel; the normalisation is not counted."""
        return 2 * int(math.prod(input_shapes[0])) * self.kernel_size**2 * self.units

    def get_config(self) -> dict[str, Any]:
        """Return what the constructor needs."""
        return {**super().get_config(), "kernel_size": self.kernel_size}


def _unit(vector: Any) -> Any:
    """Return `vector` (n,) divided by its length."""
    return vector / (keras.ops.norm(vector) + 1e-12)
