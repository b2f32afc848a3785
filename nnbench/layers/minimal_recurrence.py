"""Recurrent layers whose gates read the input alone, so that all steps are computed at once.

Feng, Tung, Ahmed, Bengio and Hajimirsadeghi (2024), "Were RNNs all we needed?", https://arxiv.org/abs/2410.01201,
section 3 and appendix B (in logarithms). Both layers map (batch, steps, width) to (batch, steps, units), and both keep
states positive: g(x) = x + 0.5 for x ≥ 0, and the logistic function below. The state before the first step is 0.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import keras

from nnbench.layers._scan import log_linear_scan

Shape = tuple[int | None, ...]


class MinimalRecurrence(keras.layers.Layer):  # type: ignore[misc]
    """What minGRU and minLSTM share: one projection to the candidate and the gates, and the scan.

    Args:
        units: width of the state.
        kernel_initializer, bias_initializer: of the projection, (width, projections · units) and (projections · units).
    """

    projections: ClassVar[int]

    def __init__(
        self,
        units: int,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.units = units
        self.projection = keras.layers.Dense(
            self.projections * units,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            dtype=self.dtype_policy,
            name="projection",
        )

    @abstractmethod
    def log_coefficients(self, *projected: Any) -> tuple[Any, Any]:
        """Return the logarithms of what a step keeps of the state and of what it adds, (batch, steps, units) both.

        Args:
            *projected: the candidate and the gates before their non-linearity, (batch, steps, units) each.
        """

    def build(self, input_shape: Shape) -> None:
        """Create the projection for inputs of `input_shape`'s width."""
        self.projection.build(input_shape)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return the state after every step."""
        projected = keras.ops.cast(self.projection(inputs), "float32")
        keep, add = self.log_coefficients(*keras.ops.split(projected, self.projections, axis=-1))
        return keras.ops.cast(keras.ops.exp(log_linear_scan(keep, add)), self.compute_dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (batch, steps, units)."""
        return (*input_shape[:-1], self.units)

    def flops(self, *input_shapes: tuple[int, ...]) -> int:
        """Return those of the projection; gates and scan are element-wise."""
        batch, steps, width = input_shapes[0]
        return 2 * batch * steps * width * self.projections * self.units

    def get_config(self) -> dict[str, Any]:
        """Return what the constructor needs."""
        own = {
            "units": self.units,
            "kernel_initializer": keras.initializers.serialize(self.projection.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.projection.bias_initializer),
        }
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="nnbench")
class MinGRU(MinimalRecurrence):
    """h_t = (1 − z_t) · h_{t-1} + z_t · g(candidate_t) with z_t = σ(gate_t); section 3.1."""

    projections = 2

    def log_coefficients(self, *projected: Any) -> tuple[Any, Any]:
        """Return log(1 − z) and log(z · g(candidate))."""
        candidate, gate = projected
        return -keras.ops.softplus(gate), -keras.ops.softplus(-gate) + _log_g(candidate)


@keras.saving.register_keras_serializable(package="nnbench")
class MinLSTM(MinimalRecurrence):
    """h_t = f_t · h_{t-1} + i_t · g(candidate_t), both gates logistic and divided by their sum; section 3.2."""

    projections = 3

    def log_coefficients(self, *projected: Any) -> tuple[Any, Any]:
        """Return log f and log(i · g(candidate)), with f + i = 1."""
        candidate, forget, admit = projected
        odds = keras.ops.softplus(-forget) - keras.ops.softplus(-admit)
        return -keras.ops.softplus(odds), -keras.ops.softplus(-odds) + _log_g(candidate)


def _log_g(x: Any) -> Any:
    positive = keras.ops.log(keras.ops.relu(x) + 0.5)
    return keras.ops.where(x >= 0, positive, -keras.ops.softplus(-x))
