"""Learned vectors that a sequence of tokens is given: one per position, and one class token in front."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="nnbench")
class PositionEmbedding(keras.layers.Layer):  # type: ignore[misc]
    """Adds a learned vector to every position of a sequence.

    Maps (batch, length, width) to the same shape; the weight is (length, width). Dosovitskiy et al. (2021), section
    3.1; Radford et al. (2019).
    """

    def __init__(self, initializer: Any = "uniform", **options: Any) -> None:
        super().__init__(**options)
        self.initializer = keras.initializers.get(initializer)
        self.supports_masking = True

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the weight for sequences of `input_shape`'s length."""
        self.embeddings = self.add_weight(shape=input_shape[1:], initializer=self.initializer, name="embeddings")
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return `inputs` plus the positions' vectors."""
        return inputs + keras.ops.cast(self.embeddings, inputs.dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return `input_shape`."""
        return input_shape

    def flops(self, *input_shapes: tuple[int | None, ...]) -> int:
        """Return 0: additions and copies are not counted, only products."""
        del input_shapes
        return 0

    def get_config(self) -> dict[str, Any]:
        """Return what the constructor needs."""
        return {**super().get_config(), "initializer": keras.initializers.serialize(self.initializer)}


@keras.saving.register_keras_serializable(package="nnbench")
class ClassToken(keras.layers.Layer):  # type: ignore[misc]
    """Puts a learned token in front of a sequence.

    Maps (batch, length, width) to (batch, length + 1, width); the weight is (width,). Dosovitskiy et al. (2021),
    equation 1.
    """

    def __init__(self, initializer: Any = "zeros", **options: Any) -> None:
        super().__init__(**options)
        self.initializer = keras.initializers.get(initializer)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the weight for tokens of `input_shape`'s width."""
        self.token = self.add_weight(shape=(input_shape[-1],), initializer=self.initializer, name="token")
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return `inputs` behind the class token."""
        token = keras.ops.cast(self.token, inputs.dtype)
        first = keras.ops.broadcast_to(token, (keras.ops.shape(inputs)[0], 1, inputs.shape[-1]))
        return keras.ops.concatenate([first, inputs], axis=1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return `input_shape`, longer by one."""
        batch, length, width = input_shape
        return batch, None if length is None else length + 1, width

    def flops(self, *input_shapes: tuple[int | None, ...]) -> int:
        """Return 0: additions and copies are not counted, only products."""
        del input_shapes
        return 0

    def get_config(self) -> dict[str, Any]:
        """Return what the constructor needs."""
        return {**super().get_config(), "initializer": keras.initializers.serialize(self.initializer)}
