"""Where the values of new weights come from: nowhere, or NumPy on the host.

Keras draws each weight with the backend. JAX compiles a program for every new shape, which makes building a deep
network take most of a minute; on the host it takes a second, and a seed gives the same weights under every backend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.lazy import keras

_PENDING = "uninitialized_variables"
_TRUNCATED_STDDEV = 0.87962566103423978
"""Standard deviation of a normal distribution cut at two of its own."""


@contextmanager
def without_values() -> Iterator[None]:
    """Build models within this context without allocating any weight.

    Keras keeps such variables in a global list and would allocate them when the next outer scope ends; the list is
    restored on leaving.
    """
    with _deferred():
        yield


@contextmanager
def values_on_host() -> Iterator[None]:
    """Build models within this context with weights that NumPy draws, by the seeds of Keras's initialisers.

    Initialisers that are not Keras's own are called as they are. Within `without_values` nothing is drawn.
    """
    if keras.src.backend.common.stateless_scope.in_stateless_scope():
        yield
        return
    with _deferred() as pending:
        yield
    for index, variable in enumerate(pending):
        draw = _drawing(variable._initializer)
        if draw is None:
            variable._deferred_initialize()
            continue
        rng = np.random.Generator(np.random.SFC64([_seed(variable._initializer), index]))
        value = draw(variable._initializer, tuple(variable.shape), rng)
        variable._initializer = _returning(keras.ops.convert_to_tensor(value, variable.dtype))
        variable._deferred_initialize()


@contextmanager
def _deferred() -> Iterator[list[Any]]:
    """Give the list of variables made within; it is filled on leaving."""
    global_state = keras.src.backend.common.global_state  # Keras has no public name for the list
    before = list(global_state.get_global_attribute(_PENDING) or [])
    global_state.set_global_attribute(_PENDING, [])
    made: list[Any] = []
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield made
    finally:
        made += global_state.get_global_attribute(_PENDING) or []
        global_state.set_global_attribute(_PENDING, before)


def _returning(value: Any) -> Callable[..., Any]:
    return lambda *_, **__: value


Draw = Callable[[Any, tuple[int, ...], np.random.Generator], Array]


def _drawing(initializer: Any) -> Draw | None:
    """Return the function that draws what a Keras initialiser would, or None for one that is not known."""
    own = type(initializer)
    for cls in own.__mro__:
        if cls.__module__.startswith("keras.") and cls.__name__ in _DRAWS:
            return _DRAWS[cls.__name__] if own.__call__ is cls.__call__ else None
    return None


def _seed(initializer: Any) -> int:
    seed = getattr(initializer, "seed", 0)
    return abs(seed) if isinstance(seed, int) else 0


def _constant(value: float | None) -> Draw:
    def draw(initializer: Any, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        del rng
        return np.full(shape, initializer.value if value is None else value, np.float32)

    return draw


def _uniform(initializer: Any, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    return _between(initializer.minval, initializer.maxval, shape, rng)


def _normal(initializer: Any, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    return np.float32(initializer.mean) + np.float32(initializer.stddev) * rng.standard_normal(shape, np.float32)


def _truncated_normal(initializer: Any, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    return np.float32(initializer.mean) + np.float32(initializer.stddev) * _truncated(shape, rng)


def _variance_scaling(initializer: Any, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    variance = initializer.scale / max(1.0, _fan(initializer, shape))
    if initializer.distribution == "uniform":
        limit = (3 * variance) ** 0.5
        return _between(-limit, limit, shape, rng)
    if initializer.distribution == "untruncated_normal":
        return np.float32(variance**0.5) * rng.standard_normal(shape, np.float32)
    return np.float32(variance**0.5 / _TRUNCATED_STDDEV) * _truncated(shape, rng)


def _orthogonal(initializer: Any, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    rows, columns = int(np.prod(shape[:-1])), shape[-1]
    q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.sign(np.diag(r))  # makes the draw uniform over orthogonal matrices
    return np.asarray(initializer.gain * (q if rows >= columns else q.T).reshape(shape), np.float32)


def _fan(initializer: Any, shape: tuple[int, ...]) -> float:
    axes = {name: getattr(initializer, name) for name in ("input_axes", "output_axes") if hasattr(initializer, name)}
    fan_in, fan_out = keras.src.initializers.random_initializers.compute_fans(shape, **axes)
    return float({"fan_in": fan_in, "fan_out": fan_out}.get(initializer.mode, (fan_in + fan_out) / 2))


def _between(low: float, high: float, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    values = rng.random(shape, np.float32)
    values *= np.float32(high - low)
    values += np.float32(low)
    return values


def _truncated(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    values = rng.standard_normal(shape, np.float32)
    while (far := np.abs(values) > 2).any():
        values[far] = rng.standard_normal(int(far.sum()), np.float32)
    return values


_DRAWS: dict[str, Draw] = {
    "Zeros": _constant(0.0),
    "Ones": _constant(1.0),
    "Constant": _constant(None),
    "RandomUniform": _uniform,
    "RandomNormal": _normal,
    "TruncatedNormal": _truncated_normal,
    "VarianceScaling": _variance_scaling,
    "Orthogonal": _orthogonal,
    "OrthogonalInitializer": _orthogonal,
}
