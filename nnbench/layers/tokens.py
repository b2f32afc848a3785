"""Vectors that a sequence of tokens is given: one per position, learned or computed, and one class token in front."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np


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

    def step(self, inputs: Any, cache: tuple[()], position: Any) -> tuple[Any, tuple[()]]:
        """Return `inputs` (batch, length, width), which stand from `position` on, plus their vectors; and `cache`."""
        places = position + keras.ops.arange(keras.ops.shape(inputs)[1], dtype="int32")
        return inputs + keras.ops.cast(keras.ops.take(self.embeddings, places, axis=0), inputs.dtype), cache

    def cache_shapes(self, batch: int, length: int) -> tuple[()]:
        """Return no shapes: a position's vector depends on no other position."""
        del batch, length
        return ()

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
class SinusoidalPositions(keras.layers.Layer):  # type: ignore[misc]
    """Adds sines and cosines of a position, of ever lower frequency, to every position of a sequence.

    Maps (batch, length, width) to the same shape, for an even width; no weights. Vaswani et al. (2017), section 3.5,
    with all sines in the first half of the width and all cosines in the second, as in the authors' code.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """Return `inputs` plus the positions' vectors."""
        length, width = inputs.shape[1:]
        return inputs + keras.ops.convert_to_tensor(sinusoids(length, width), dtype=inputs.dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return `input_shape`."""
        return input_shape

    def flops(self, *input_shapes: tuple[int | None, ...]) -> int:
        """Return 0: additions are not counted, only products."""
        del input_shapes
        return 0


def sinusoids(length: int, width: int) -> np.ndarray[Any, Any]:
    """Return (length, width) of float32: sines, then cosines, of position / 10000^(2i / width)."""
    frequencies = 10_000.0 ** (-2 * np.arange(width // 2) / width)
    angles = np.arange(length)[:, None] * frequencies
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype("float32")


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
