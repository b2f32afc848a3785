"""Normalisation of a value by its neighbours among the maps, as networks had it before batch normalisation."""

from __future__ import annotations

from typing import Any

import keras

from nnbench.core.errors import ArgumentError

Shape = tuple[int | None, ...]


@keras.saving.register_keras_serializable(package="nnbench")
class LocalResponseNormalization(keras.layers.Layer):  # type: ignore[misc]
    """Divides a value by a power of the squares of its neighbours: x / (k + α · Σ x²)^β.

    Maps (batch, ..., maps) to the same shape, without weights. The sum takes in the `size` maps around each, fewer at
    the first and the last. Krizhevsky, Sutskever and Hinton (2012), section 3.3, whose α multiplies the sum, where
    PyTorch's and Caffe's multiplies the mean over `size`.

    Args:
        size: odd number of maps in a sum, the value's own in the middle.
        alpha, beta, k: of the formula.

    Raises:
        ArgumentError: a size that is even or below 1.
    """

    def __init__(self, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 2.0, **options: Any) -> None:
        super().__init__(**options)
        if size < 1 or size % 2 == 0:
            raise ArgumentError(f"size must be an odd number of maps, such as 5. Received: {size}.")
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def call(self, inputs: Any) -> Any:
        """Return `inputs`, normalised; computed in float32, since squares leave the range of 16 bits early."""
        x = keras.ops.cast(inputs, "float32")
        maps, side = x.shape[-1], self.size // 2
        squares = keras.ops.pad(keras.ops.square(x), [(0, 0)] * (len(x.shape) - 1) + [(side, side)])
        total = sum(squares[..., i : i + maps] for i in range(self.size))
        return keras.ops.cast(x * (self.k + self.alpha * total) ** -self.beta, inputs.dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return `input_shape`."""
        return input_shape

    def flops(self, *input_shapes: Shape) -> int:
        """Return 0: normalisation is not counted, only products of matrices."""
        del input_shapes
        return 0

    def get_config(self) -> dict[str, Any]:
        """Return what the constructor needs."""
        return {**super().get_config(), "size": self.size, "alpha": self.alpha, "beta": self.beta, "k": self.k}
