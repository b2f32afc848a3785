"""Dot-product attention with what Keras's own layer lacks: rotary positions, and a step that remembers keys and values.

Shapes: B batch, T queries, S keys, W width, M width of the memory, N heads, G key-value heads, H head width.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from nnbench.core.errors import ArgumentError

Shape = tuple[int | None, ...]
Cache = tuple[Any, Any]
"""Keys and values of all positions so far, each (B, S, G, H); positions to come hold zeros."""


@keras.saving.register_keras_serializable(package="nnbench")
class Attention(keras.layers.Layer):  # type: ignore[misc]
    """Attention of a sequence to itself, or to a memory.

    Maps x (B, T, W), and optionally a memory (B, S, M), to (B, T, W). Weights: queries (W, N·H), keys and values
    (M, G·H), output (N·H, W), with biases if asked. Vaswani et al. (2017); rotary positions of Su et al. (2021), which
    turn the first half of a head's dimensions against the second; grouped queries of Ainslie et al. (2023).

    Args:
        heads: N.
        head_width: H; N·H need not be W.
        key_value_heads: G, a divisor of N: each serves N / G heads. None for N.
        causal: a position sees itself and those before it only.
        rotary: the base θ of rotary positions, such as 10000; None for none. Needs an even H.
        scale: factor of the products of queries and keys; None for 1 / √H.
        dropout: share of the attention weights dropped while training.
        use_bias: the four projections have biases.
        kernel_initializer: of keys and values, and by default of the other two.
        query_initializer, output_initializer: of the other two.

    Raises:
        ArgumentError: `key_value_heads` that do not divide `heads`, or an odd `head_width` with `rotary`.
    """

    def __init__(
        self,
        heads: int,
        head_width: int,
        *,
        key_value_heads: int | None = None,
        causal: bool = False,
        rotary: float | None = None,
        scale: float | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        query_initializer: Any = None,
        output_initializer: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.heads = heads
        self.head_width = head_width
        self.key_value_heads = heads if key_value_heads is None else key_value_heads
        self.causal = causal
        self.rotary = rotary
        self.scale = scale
        self.dropout = dropout
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.query_initializer = keras.initializers.get(query_initializer) or self.kernel_initializer
        self.output_initializer = keras.initializers.get(output_initializer) or self.kernel_initializer
        self._check()
        self.query = self._projection("query", heads * head_width, self.query_initializer)
        self.key = self._projection("key", self.key_value_heads * head_width, self.kernel_initializer)
        self.value = self._projection("value", self.key_value_heads * head_width, self.kernel_initializer)
        self.dropped = keras.layers.Dropout(dropout, dtype=self.dtype_policy, name="dropout")

    def build(
        self,
        x_shape: tuple[Any, ...],
        memory_shape: Shape | None = None,
        visible_shape: Shape | None = None,
        bias_shape: Shape | None = None,
    ) -> None:
        """Create the four projections."""
        del visible_shape, bias_shape
        self.query.build(x_shape)
        self.key.build(memory_shape or x_shape)
        self.value.build(memory_shape or x_shape)
        self.output_projection = self._projection("output", x_shape[-1], self.output_initializer)
        self.output_projection.build((*x_shape[:-1], self.heads * self.head_width))
        self.built = True

    def call(
        self, x: Any, memory: Any = None, visible: Any = None, bias: Any = None, training: bool | None = False
    ) -> Any:
        """Return (B, T, W).

        Args:
            x: (B, T, W), which asks.
            memory: (B, S, M), which is asked; None for `x` itself.
            visible: (B, S) booleans: which keys may be seen; None for all.
            bias: (1 or B, 1 or N, T, S), added to the scaled products.
        """
        keys, values = self._keys_and_values(x if memory is None else memory, 0)
        mask = None if visible is None else visible[:, None, None, :]
        causal = self.causal
        if causal and bias is not None:
            # Not every backend's fused attention takes both.
            mask, causal = _both(mask, _causal_mask(ops.shape(x)[1], ops.shape(keys)[1], 0)), False
        return self._mixed(self._queries(x, 0), keys, values, mask, bias, causal, bool(training))

    def step(self, x: Any, cache: Cache, position: Any) -> tuple[Any, Cache]:
        """Continue a sequence: as `call` with all positions so far, at the cost of the new ones.

        Args:
            x: (B, T, W), the positions from `position` on.
            cache: that of the positions before.
            position: scalar, the number of positions before.

        Returns:
            What the new positions give (B, T, W), and the cache with them.
        """
        keys, values = (
            ops.slice_update(old, [0, position, 0, 0], ops.cast(new, old.dtype))
            for old, new in zip(cache, self._keys_and_values(x, position), strict=True)
        )
        mask = _causal_mask(ops.shape(x)[1], ops.shape(keys)[1], position)
        return self._mixed(self._queries(x, position), keys, values, mask, None, False, False), (keys, values)

    def cache_shapes(self, batch: int, length: int) -> tuple[tuple[int, ...], ...]:
        """Return the shapes of a cache for `length` positions: zeros of these are an empty one.

        Raises:
            ArgumentError: the layer is not causal, so that later positions would change earlier ones.
        """
        if not self.causal:
            raise ArgumentError(f"a cache needs causal attention. Received: {self.name!r}, which is not.")
        return ((batch, length, self.key_value_heads, self.head_width),) * 2

    def compute_output_shape(
        self,
        x_shape: Shape,
        memory_shape: Shape | None = None,
        visible_shape: Shape | None = None,
        bias_shape: Shape | None = None,
    ) -> Shape:
        """Return `x_shape`."""
        return x_shape

    def flops(self, x_shape: tuple[int, ...], *others: tuple[int, ...]) -> int:
        """Return two for every multiply-add of the projections and of the full square of products."""
        batch, t, width = x_shape
        _, s, memory_width = next((shape for shape in others if len(shape) == 3), x_shape)
        inner, shared = self.heads * self.head_width, self.key_value_heads * self.head_width
        projections = 2 * t * width * inner + 2 * s * memory_width * shared
        return 2 * batch * (projections + 2 * t * s * inner)

    def get_config(self) -> dict[str, Any]:
        """Return what the constructor needs."""
        initializers = ("kernel_initializer", "query_initializer", "output_initializer")
        plain = (
            "heads",
            "head_width",
            "key_value_heads",
            "causal",
            "rotary",
            "scale",
            "dropout",
            "use_bias",
        )
        return {
            **super().get_config(),
            **{name: getattr(self, name) for name in plain},
            **{name: keras.initializers.serialize(getattr(self, name)) for name in initializers},
        }

    def _check(self) -> None:
        if self.heads % self.key_value_heads:
            raise ArgumentError(f"key_value_heads must divide heads ({self.heads}). Received: {self.key_value_heads}.")
        if self.rotary is not None and self.head_width % 2:
            raise ArgumentError(f"head_width must be even for rotary positions. Received: {self.head_width}.")

    def _projection(self, name: str, units: int, initializer: Any) -> Any:
        # An initialiser draws the same numbers each time it is called, so every kernel gets its own.
        own = type(initializer).from_config(initializer.get_config())
        return keras.layers.Dense(
            units, use_bias=self.use_bias, kernel_initializer=own, dtype=self.dtype_policy, name=name
        )

    def _queries(self, x: Any, position: Any) -> Any:
        return self._turned(_split(self.query(x), self.heads, self.head_width), position)

    def _keys_and_values(self, x: Any, position: Any) -> Cache:
        keys = _split(self.key(x), self.key_value_heads, self.head_width)
        return self._turned(keys, position), _split(self.value(x), self.key_value_heads, self.head_width)

    def _turned(self, x: Any, position: Any) -> Any:
        return x if self.rotary is None else rotated(x, self.rotary, position)

    def _mixed(self, queries: Any, keys: Any, values: Any, mask: Any, bias: Any, causal: bool, training: bool) -> Any:
        """Return (B, T, W): values by the weights of queries and keys, projected."""
        if self.key_value_heads == 1 < self.heads:
            # Not every backend broadcasts a single one.
            keys, values = (ops.repeat(a, self.heads, axis=2) for a in (keys, values))
        if self.dropout and training:
            mixed = self._with_dropout(queries, keys, values, mask, bias, causal)
        else:
            if bias is not None:
                mask, bias = None, _masked(bias, mask)
            mixed = ops.dot_product_attention(
                queries, keys, values, bias=bias, mask=mask, scale=self.scale, is_causal=causal
            )
        batch, length = ops.shape(mixed)[:2]
        return self.output_projection(ops.reshape(mixed, (batch, length, self.heads * self.head_width)))

    def _with_dropout(self, queries: Any, keys: Any, values: Any, mask: Any, bias: Any, causal: bool) -> Any:
        """Return (B, T, N, H); fused attention has no dropout."""
        keys, values = (ops.repeat(a, self.heads // a.shape[2], axis=2) for a in (keys, values))
        if causal:
            mask = _both(mask, _causal_mask(ops.shape(queries)[1], ops.shape(keys)[1], 0))
        scale = self.head_width**-0.5 if self.scale is None else self.scale
        scores = ops.einsum("btnh,bsnh->bnts", queries * scale, keys)
        weights = ops.softmax(_masked(scores if bias is None else scores + ops.cast(bias, scores.dtype), mask))
        return ops.einsum("bnts,bsnh->btnh", self.dropped(weights, training=True), values)


def rotated(x: Any, base: float, position: Any) -> Any:
    """Return `x` (B, T, N, H) with each pair (i, i + H/2) turned by (position + t) · base^(−2i/H)."""
    length, half = ops.shape(x)[1], x.shape[-1] // 2
    frequencies = base ** (-ops.arange(half, dtype="float32") / half)
    times = ops.cast(position, "float32") + ops.arange(length, dtype="float32")
    angles = (times[:, None] * frequencies)[:, None, :]
    cosine, sine = ops.cast(ops.cos(angles), x.dtype), ops.cast(ops.sin(angles), x.dtype)
    first, second = x[..., :half], x[..., half:]
    return ops.concatenate([first * cosine - second * sine, second * cosine + first * sine], axis=-1)


def _split(x: Any, heads: int, width: int) -> Any:
    batch, length = ops.shape(x)[:2]
    return ops.reshape(x, (batch, length, heads, width))


def _causal_mask(queries: Any, keys: Any, position: Any) -> Any:
    """Return (1, 1, T, S): query t, at `position` + t, sees keys up to there."""
    seen_until = position + ops.arange(queries, dtype="int32")
    return (ops.arange(keys, dtype="int32")[None] <= seen_until[:, None])[None, None]


def _both(a: Any, b: Any) -> Any:
    return b if a is None else ops.logical_and(a, b)


def _masked(scores: Any, mask: Any) -> Any:
    """Return `scores` with a number below all others where `mask` is False."""
    if mask is None:
        return scores
    low = -3e4 if keras.backend.standardize_dtype(scores.dtype) == "float16" else -1e30
    return ops.where(mask, scores, ops.cast(low, scores.dtype))
