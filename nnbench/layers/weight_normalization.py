"""Convolution with weight normalisation.

Salimans and Kingma (2016), "Weight normalization: a simple reparameterization to accelerate training of deep neural
networks", https://arxiv.org/abs/1602.07868, equation 2.
"""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="nnbench")
class WeightNormalizedConv1D(keras.layers.Conv1D):  # type: ignore[misc]
    """A one-dimensional convolution with the kernel gain · v / ‖v‖, the norm taken for each filter.

    Maps (batch, steps, channels) to (batch, steps', filters), channels last. The weight v, named kernel, is (window,
    channels, filters); gain and bias are (filters,).

    Args:
        *arguments, **options: those of ``keras.layers.Conv1D``.
        gain_initializer: of the filters' norms.
    """

    def __init__(self, *arguments: Any, gain_initializer: Any = "ones", **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.gain_initializer = keras.initializers.get(gain_initializer)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the weights for inputs of `input_shape`'s channels."""
        super().build(input_shape)
        self.gain = self.add_weight(shape=(self.filters,), initializer=self.gain_initializer, name="gain")

    def call(self, inputs: Any) -> Any:
        """Return the convolution with the normalised kernel, plus the bias, activated."""
        kernel = self.kernel * (self.gain / keras.ops.sqrt(keras.ops.sum(keras.ops.square(self.kernel), axis=(0, 1))))
        padding = self.padding
        if padding == "causal":
            before = self.dilation_rate[0] * (self.kernel_size[0] - 1)
            inputs, padding = keras.ops.pad(inputs, [(0, 0), (before, 0), (0, 0)]), "valid"
        outputs = keras.ops.conv(inputs, kernel, self.strides[0], padding, dilation_rate=self.dilation_rate[0])
        return self.activation(outputs + self.bias if self.use_bias else outputs)

    def save_own_variables(self, store: Any) -> None:
        """Save all weights; a plain convolution saves its kernel and bias alone."""
        keras.layers.Layer.save_own_variables(self, store)

    def load_own_variables(self, store: Any) -> None:
        """Load what `save_own_variables` saved."""
        keras.layers.Layer.load_own_variables(self, store)

    def flops(self, *input_shapes: tuple[int, ...]) -> int:
        """Return two per multiply-add of the convolution; the normalisation does not depend on the data."""
        batch, steps, width = self.compute_output_shape(input_shapes[0])
        return int(2 * batch * steps * width * self.kernel_size[0] * input_shapes[0][-1] // self.groups)

    def get_config(self) -> dict[str, Any]:
        """Return what the constructor needs."""
        return {**super().get_config(), "gain_initializer": keras.initializers.serialize(self.gain_initializer)}
