"""Biases of attention that depend on how far two positions are apart."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops

Shape = tuple[int | None, ...]


@keras.saving.register_keras_serializable(package="nnbench")
class RelativePositionBias(keras.layers.Layer):  # type: ignore[misc]
    """A learned number per head and range of distances, which attention adds to its scaled products.

    Maps a sequence (B, L, W), of which only the length counts, to (1, heads, L, L); the weight is (buckets, heads).
    Raffel et al. (2020), section 2.1: half of the buckets are one distance each, the others reach further and further,
    the last one without end.

    Args:
        heads: attention heads.
        buckets: ranges of distances; where both directions count, each has half of them.
        distance: from here on, all distances share the last bucket.
        causal: only what lies behind counts; what lies ahead shares bucket 0.
    """

    def __init__(
        self,
        heads: int,
        *,
        buckets: int = 32,
        distance: int = 128,
        causal: bool = False,
        initializer: Any = "uniform",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.heads = heads
        self.buckets = buckets
        self.distance = distance
        self.causal = causal
        self.initializer = keras.initializers.get(initializer)

    def build(self, input_shape: Shape) -> None:
        """Create the weight, whose shape does not depend on the input's."""
        del input_shape
        self.embeddings = self.add_weight(
            shape=(self.buckets, self.heads), initializer=self.initializer, name="embeddings"
        )
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return (1, heads, L, L), by query and key."""
        places = buckets_of(inputs.shape[1], self.buckets, self.distance, self.causal)
        biases = ops.take(ops.cast(self.embeddings, self.compute_dtype), places, axis=0)
        return ops.transpose(biases, (2, 0, 1))[None]

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (1, heads, L, L)."""
        return 1, self.heads, input_shape[1], input_shape[1]

    def flops(self, *input_shapes: tuple[int, ...]) -> int:
        """Return 0: look-ups are not counted, only products."""
        del input_shapes
        return 0

    def get_config(self) -> dict[str, Any]:
        """Return what the constructor needs."""
        return {
            **super().get_config(),
            "heads": self.heads,
            "buckets": self.buckets,
            "distance": self.distance,
            "causal": self.causal,
            "initializer": keras.initializers.serialize(self.initializer),
        }


def buckets_of(length: int, buckets: int, distance: int, causal: bool) -> np.ndarray[Any, Any]:
    """Return (length, length) bucket numbers by query and key, see `RelativePositionBias`."""
    ahead = np.arange(length)[None] - np.arange(length)[:, None]
    if causal:
        offset, far = np.zeros_like(ahead), np.maximum(-ahead, 0)
    else:
        buckets //= 2
        offset, far = np.where(ahead > 0, buckets, 0), np.abs(ahead)
    exact = buckets // 2
    # Single precision, as in the published code: at the limits of the ranges, rounding decides.
    steps = np.log(np.maximum(far, exact).astype("float32") / exact) / math.log(distance / exact)
    wide = exact + (steps * (buckets - exact)).astype("int32")
    return np.asarray(offset + np.where(far < exact, far, np.minimum(wide, buckets - 1)), "int32")
