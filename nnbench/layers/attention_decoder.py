"""A recurrent decoder that looks back at its source at every step.

Bahdanau, Cho and Bengio (2015), "Neural machine translation by jointly learning to align and translate",
https://arxiv.org/abs/1409.0473, appendix A. Shapes: B batch, T target length, S source length.
"""

from __future__ import annotations

from typing import Any

import keras

Shape = tuple[int | None, ...]


@keras.saving.register_keras_serializable(package="nnbench")
class AttentionCell(keras.layers.Layer):  # type: ignore[misc]
    """One step: c = Σ_j softmax_j(v · tanh(W s + U h_j)) h_j, and the gated unit's next state from [y; c].

    `RNN` hands no constants to its cell, so that the cell is given them by `look_at` for the time of a call.

    Args:
        units: width of the state s.
        width: units of the alignment network.
        context: width of an annotation h_j.
    """

    def __init__(self, units: int, width: int, context: int, **options: Any) -> None:
        super().__init__(**options)
        self.units = units
        self.width = width
        self.context = context
        self.state_size = units
        self.output_size = units + context
        # The paper resets the state in front of the recurrent product.
        self.unit = keras.layers.GRUCell(units, reset_after=False, dtype=self.dtype_policy, name="unit")
        self.query = keras.layers.Dense(width, use_bias=False, dtype=self.dtype_policy, name="query")
        self.score = keras.layers.Dense(1, use_bias=False, dtype=self.dtype_policy, name="score")
        self.memory: tuple[Any, ...] = ()

    def look_at(self, *memory: Any) -> None:
        """Set the annotations (B, S, context) and their keys (B, S, width) for the next call; nothing clears them."""
        self.memory = memory

    def build(self, input_shape: Shape) -> None:
        """Create the weights for embedded tokens (B, embedding)."""
        self.unit.build((input_shape[0], (input_shape[-1] or 0) + self.context))
        self.query.build((input_shape[0], self.units))
        self.score.build((input_shape[0], None, self.width))
        self.built = True

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        """Return [s; c] (B, units + context), s being the state before the step, and the state after it."""
        annotations, keys = self.memory
        hidden = keras.ops.tanh(keras.ops.expand_dims(self.query(states[0]), 1) + keys)
        weights = keras.ops.softmax(self.score(hidden), axis=1)
        context = keras.ops.sum(weights * annotations, axis=1)
        _, after = self.unit(keras.ops.concatenate([inputs, context], axis=-1), states, training=training)
        return keras.ops.concatenate([states[0], context], axis=-1), after

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """Return a state of zeros (batch_size, units)."""
        return [keras.ops.zeros((batch_size, self.units), dtype=self.compute_dtype)]

    def get_config(self) -> dict[str, Any]:
        """Return what the constructor needs."""
        return {**super().get_config(), "units": self.units, "width": self.width, "context": self.context}


@keras.saving.register_keras_serializable(package="nnbench")
class AttentionDecoder(keras.layers.Layer):  # type: ignore[misc]
    """Runs an `AttentionCell` over the embedded target.

    Maps `targets` (B, T, embedding), `annotations` (B, S, context) and `state` (B, units), which it starts from, to
    [s_{i-1}; c_i] of every step i, (B, T, units + context).

    Args:
        width: units of the alignment network.
    """

    def __init__(self, width: int, **options: Any) -> None:
        super().__init__(**options)
        self.width = width
        self.keys = keras.layers.Dense(width, use_bias=False, dtype=self.dtype_policy, name="keys")

    def build(self, targets_shape: Shape, annotations_shape: Shape, state_shape: Shape) -> None:
        """Create the weights for the widths of the three."""
        self.keys.build(annotations_shape)
        units, context = state_shape[-1] or 0, annotations_shape[-1] or 0
        self.cell = AttentionCell(units, self.width, context, dtype=self.dtype_policy, name="cell")
        self.steps = keras.layers.RNN(self.cell, return_sequences=True, dtype=self.dtype_policy, name="steps")
        self.steps.build(targets_shape)
        self.built = True

    def call(self, targets: Any, annotations: Any, state: Any, training: bool = False) -> Any:
        """Return what the output layer reads at every step."""
        self.cell.look_at(annotations, self.keys(annotations))
        try:
            return self.steps(targets, initial_state=[state], training=training)
        finally:
            self.cell.look_at()

    def compute_output_shape(self, targets_shape: Shape, annotations_shape: Shape, state_shape: Shape) -> Shape:
        """Return (B, T, units + context)."""
        return *targets_shape[:2], (state_shape[-1] or 0) + (annotations_shape[-1] or 0)

    def flops(self, *input_shapes: tuple[int, ...]) -> int:
        """Return two per multiply-add of the keys and, at every step, of the alignment, the context and the unit."""
        (batch, steps, embedding), (_, length, context), (_, units) = input_shapes
        alignment = units * self.width + length * self.width + length * context
        unit = 3 * units * (embedding + context + units)
        return 2 * batch * (length * context * self.width + steps * (alignment + unit))

    def get_config(self) -> dict[str, Any]:
        """Return what the constructor needs."""
        return {**super().get_config(), "width": self.width}
