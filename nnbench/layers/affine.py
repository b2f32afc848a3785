"""A learned factor and shift for each value, and what the members of an ensemble of shared weights start from."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

Shape = tuple[int | None, ...]


@keras.saving.register_keras_serializable(package="nnbench")
class Affine(keras.layers.Layer):  # type: ignore[misc]
    """Multiplies the last axes of an array by learned factors, and adds learned shifts.

    Maps (batch, ..., *sides) to the same shape; ``scale`` and ``bias`` are (*sides), the last `rank` sides. On
    (batch, members, width) with rank 2 these are the adapters of Wen, Tran and Ba (2020), BatchEnsemble,
    https://arxiv.org/abs/2002.06715.

    Args:
        rank: number of last axes that have factors of their own.
        use_bias: add shifts.
        scale_initializer, bias_initializer: what they start from.
    """

    def __init__(
        self,
        rank: int = 1,
        use_bias: bool = True,
        scale_initializer: Any = "ones",
        bias_initializer: Any = "zeros",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.rank = rank
        self.use_bias = use_bias
        self.scale_initializer = keras.initializers.get(scale_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.supports_masking = True

    def build(self, input_shape: Shape) -> None:
        """Create the weights for the last sides of `input_shape`."""
        sides = input_shape[-self.rank :]
        self.scale = self.add_weight(shape=sides, initializer=self.scale_initializer, name="scale")
        if self.use_bias:
            self.bias = self.add_weight(shape=sides, initializer=self.bias_initializer, name="bias")
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return ``inputs · scale + bias``."""
        outputs = inputs * self.scale
        return outputs + self.bias if self.use_bias else outputs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return `input_shape`."""
        return input_shape

    def flops(self, *input_shapes: Shape) -> int:
        """Return 0: what is element-wise is not counted, only matrix products."""
        del input_shapes
        return 0

    def get_config(self) -> dict[str, Any]:
        """Return what the constructor needs."""
        return {
            **super().get_config(),
            "rank": self.rank,
            "use_bias": self.use_bias,
            "scale_initializer": keras.initializers.serialize(self.scale_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }


@keras.saving.register_keras_serializable(package="nnbench")
class RandomSigns(keras.initializers.RandomUniform):  # type: ignore[misc]
    """Draws 1 or -1, each with probability one half; on the host, so that a seed means the same on every backend."""

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(-1.0, 1.0, seed=seed)

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Return signs of the given shape."""
        signs = 2 * np.random.Generator(np.random.SFC64(self.seed)).integers(0, 2, shape) - 1
        return keras.ops.convert_to_tensor(signs, dtype=dtype or keras.config.floatx())

    def get_config(self) -> dict[str, Any]:
        """Return what the constructor needs."""
        return {"seed": super().get_config()["seed"]}


@keras.saving.register_keras_serializable(package="nnbench")
class AlikeUniform(keras.initializers.RandomUniform):  # type: ignore[misc]
    """Draws the last axis alone, uniformly between two limits, so that all members of an ensemble start alike.

    It draws on the host, so that a seed means the same on every backend.
    """

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Return one draw of shape (last side,), repeated to `shape`."""
        row = np.random.Generator(np.random.SFC64(self.seed)).uniform(self.minval, self.maxval, shape[-1])
        return keras.ops.convert_to_tensor(np.tile(row, (*shape[:-1], 1)), dtype=dtype or keras.config.floatx())
