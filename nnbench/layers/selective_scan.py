"""The state-space layer of Mamba.

Gu and Dao (2023), "Mamba: linear-time sequence modeling with selective state spaces",
https://arxiv.org/abs/2312.00752, algorithm 2. Shapes: B batch, L steps, C channels, N state size.
"""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np

from nnbench.layers._scan import linear_scan

Shape = tuple[int | None, ...]

SHORTEST_STEP, LONGEST_STEP = 1e-3, 1e-1


@keras.saving.register_keras_serializable(package="nnbench")
class SelectiveScan(keras.layers.Layer):  # type: ignore[misc]
    """h_t = exp(Δ_t A) h_{t-1} + Δ_t B_t x_t and y_t = C_t h_t + D x_t, for every channel on its own.

    Δ = softplus(steps + step_bias) and A = −exp(a_log). Maps `inputs` (B, L, C), `steps` (B, L, C), `write` (B, L, N)
    and `read` (B, L, N), which are x, Δ before its bias, B and C of the paper, to (B, L, C). The weights a_log
    (C, N), skip (C) and step_bias (C) start at A = −1 … −N, at D = 1, and where Δ is log-uniform in 0.001 … 0.1. All is
    computed in float32.
    """

    def build(self, inputs_shape: Shape, steps_shape: Shape, write_shape: Shape, read_shape: Shape) -> None:
        """Create the weights for the channels of `inputs` and the states of `write`."""
        del steps_shape, read_shape
        channels, states = inputs_shape[-1], write_shape[-1]
        self.a_log = self._weight("a_log", (channels, states), _log_of_numbers)
        self.skip = self._weight("skip", (channels,), "ones")
        self.step_bias = self._weight("step_bias", (channels,), _log_uniform_steps)
        self.built = True

    def call(self, inputs: Any, steps: Any, write: Any, read: Any) -> Any:
        """Return y."""
        x, steps, write, read = (keras.ops.cast(t, "float32") for t in (inputs, steps, write, read))
        a_log, skip, step_bias = (keras.ops.cast(w, "float32") for w in (self.a_log, self.skip, self.step_bias))
        steps = keras.ops.softplus(steps + step_bias)
        decay = keras.ops.exp(-keras.ops.expand_dims(steps, -1) * keras.ops.exp(a_log))
        drive = keras.ops.expand_dims(steps * x, -1) * keras.ops.expand_dims(write, 2)
        states = linear_scan(decay, drive)
        outputs = keras.ops.einsum("blcn,bln->blc", states, read) + skip * x
        return keras.ops.cast(outputs, self.compute_dtype)

    def compute_output_shape(
        self, inputs_shape: Shape, steps_shape: Shape, write_shape: Shape, read_shape: Shape
    ) -> Shape:
        """Return the shape of `inputs`."""
        return inputs_shape

    def flops(self, *input_shapes: tuple[int, ...]) -> int:
        """Return two per multiply-add of the recurrence and of C_t h_t, as the recurrence takes them step by step."""
        return 4 * math.prod(input_shapes[0]) * input_shapes[2][-1]

    def _weight(self, name: str, shape: Shape, initializer: Any) -> Any:
        # These weights decide how long the state lasts, and 16 bits would round them.
        return self.add_weight(shape=shape, initializer=initializer, name=name, autocast=False)


def _log_of_numbers(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Return log 1 … log N in every row of (C, N): the real part of the diagonal that S4D starts from."""
    rows = np.tile(np.log(np.arange(1, shape[-1] + 1)), (*shape[:-1], 1))
    return keras.ops.convert_to_tensor(rows, dtype=dtype or keras.config.floatx())


def _log_uniform_steps(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Return the inverse softplus of log-uniform steps, drawn on the host: a seed means the same on every backend."""
    seed = keras.initializers.RandomUniform().seed
    low, high = math.log(SHORTEST_STEP), math.log(LONGEST_STEP)
    steps = np.exp(np.random.Generator(np.random.SFC64(seed)).uniform(low, high, shape))
    return keras.ops.convert_to_tensor(steps + np.log(-np.expm1(-steps)), dtype=dtype or keras.config.floatx())
