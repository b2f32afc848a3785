"""The balls that perturbations stay in. Arrays are (n, d), a sample flattened in each row.

What runs within compiled functions takes `ops`: NumPy, or ``keras.ops`` for tensors. A radius `epsilon` is a number or
(n, 1).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from nnbench.attacks._noise import Noise
from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError

TINY = 1e-30
SPARSE_SHARE = 0.01
HALVINGS = 20


class Norm(Protocol):
    """Geometry of one norm."""

    def size(self, delta: Any, ops: Any = np) -> Any:
        """Return the norm (n,) of each perturbation (n, d)."""
        ...

    def dual(self, gradient: Any, ops: Any = np) -> Any:
        """Return the dual norm (n,) of each gradient (n, d): the fastest rise along a perturbation of norm 1."""
        ...

    def steepest(self, gradient: Any, ops: Any = np) -> Any:
        """Return the perturbation (n, d) of norm 1 along which the loss rises fastest; 0 where the gradient is 0."""
        ...

    def direction(self, gradient: Any, ops: Any = np) -> Any:
        """Return the perturbation (n, d) of norm 1 that iterated attacks step along."""
        ...

    def project(self, delta: Any, epsilon: Any, ops: Any = np) -> Any:
        """Return the nearest perturbation (n, d) of norm at most `epsilon`, in the Euclidean sense."""
        ...

    def inside(self, noise: Noise, samples: Array, draw: int, d: int) -> Array:
        """Return points (n, d) that are uniform in the ball of radius 1, one for each sample index (n,)."""
        ...


class LInf:
    """The greatest absolute change."""

    def size(self, delta: Any, ops: Any = np) -> Any:
        """See `Norm.size`."""
        return ops.max(ops.abs(delta), axis=1)

    def dual(self, gradient: Any, ops: Any = np) -> Any:
        """See `Norm.dual`."""
        return ops.sum(ops.abs(gradient), axis=1)

    def steepest(self, gradient: Any, ops: Any = np) -> Any:
        """See `Norm.steepest`."""
        return ops.sign(gradient)

    direction = steepest

    def project(self, delta: Any, epsilon: Any, ops: Any = np) -> Any:
        """See `Norm.project`."""
        return ops.minimum(ops.maximum(delta, -epsilon), epsilon)

    def inside(self, noise: Noise, samples: Array, draw: int, d: int) -> Array:
        """See `Norm.inside`."""
        return 2 * noise.uniform(samples, draw, d) - 1


class L2:
    """The Euclidean length."""

    def size(self, delta: Any, ops: Any = np) -> Any:
        """See `Norm.size`."""
        return ops.sqrt(ops.sum(delta * delta, axis=1))

    dual = size

    def steepest(self, gradient: Any, ops: Any = np) -> Any:
        """See `Norm.steepest`."""
        # Scaled by the largest entry first: the square of a gradient near the end of float32's range is 0.
        largest = ops.max(ops.abs(gradient), axis=1, keepdims=True)
        scaled = gradient / ops.where(largest > 0, largest, ops.ones_like(largest))
        length = ops.sqrt(ops.sum(scaled * scaled, axis=1, keepdims=True))
        return scaled / ops.where(length > 0, length, ops.ones_like(length))

    direction = steepest

    def project(self, delta: Any, epsilon: Any, ops: Any = np) -> Any:
        """See `Norm.project`."""
        length = ops.sqrt(ops.sum(delta * delta, axis=1, keepdims=True))
        return delta * _at_most_one(epsilon / at_least(length, TINY, ops), ops)

    def inside(self, noise: Noise, samples: Array, draw: int, d: int) -> Array:
        """See `Norm.inside`."""
        direction = self.steepest(noise.normal(samples, draw, d))
        return np.asarray(direction * noise.uniform(samples, draw, 1) ** (1 / d))


class L1:
    """The sum of absolute changes."""

    def size(self, delta: Any, ops: Any = np) -> Any:
        """See `Norm.size`."""
        return ops.sum(ops.abs(delta), axis=1)

    def dual(self, gradient: Any, ops: Any = np) -> Any:
        """See `Norm.dual`."""
        return ops.max(ops.abs(gradient), axis=1)

    def steepest(self, gradient: Any, ops: Any = np) -> Any:
        """See `Norm.steepest`."""
        size = ops.abs(gradient)
        return _unit_signs(gradient, size >= ops.max(size, axis=1, keepdims=True), ops)

    def direction(self, gradient: Any, ops: Any = np) -> Any:
        """See `Norm.direction`: the steepest hundredth of the coordinates, after Tramèr & Boneh (2019), section 3.

        Along the single steepest one, a ball takes as many steps as it has coordinates that matter.
        """
        size = ops.abs(gradient)
        kept = max(1, round(SPARSE_SHARE * gradient.shape[1]))
        threshold = ops.sort(size, axis=1)[:, gradient.shape[1] - kept][:, None]
        return _unit_signs(gradient, size >= threshold, ops)

    def project(self, delta: Any, epsilon: Any, ops: Any = np) -> Any:
        """See `Norm.project`."""
        return project_l1(delta, epsilon, ops.abs(delta), ops)

    def inside(self, noise: Noise, samples: Array, draw: int, d: int) -> Array:
        """See `Norm.inside`: gaps between sorted uniform numbers are uniform in the simplex; signs are random."""
        points = np.sort(noise.uniform(samples, draw, d), axis=1)
        gaps = np.diff(points, axis=1, prepend=0)
        return np.asarray(gaps * np.where(noise.normal(samples, draw, d) > 0, 1, -1))


def project_l1(delta: Any, epsilon: Any, room: Any, ops: Any = np) -> Any:
    """Return the perturbation (n, d) nearest to `delta` of L1 norm at most `epsilon` and size at most `room` (n, d).

    All sizes shrink by the same amount, which is halved in on; then the piece that it lies on is solved exactly.
    """
    size = ops.abs(delta)
    room = ops.minimum(room, size)

    def halve(ends: Any) -> Any:
        low, high = ends
        middle = (low + high) / 2
        over = ops.sum(_shrunk(size, middle, room, ops), axis=1, keepdims=True) > epsilon
        return ops.where(over, middle, low), ops.where(over, high, middle)

    ends = ops.zeros_like(size[:, :1]), ops.max(size, axis=1, keepdims=True)
    low, high = repeated(HALVINGS, halve, ends, ops)
    left = size - (low + high) / 2
    full, moving = left >= room, (left > 0) & (left < room)
    zeros = ops.zeros_like(size)
    held = ops.sum(ops.where(full, room, ops.where(moving, size, zeros)), axis=1, keepdims=True)
    count = ops.sum(ops.where(moving, ops.ones_like(size), zeros), axis=1, keepdims=True)
    exact = ops.minimum(ops.maximum((held - epsilon) / at_least(count, 1.0, ops), low), high)
    fits = ops.sum(room, axis=1, keepdims=True) <= epsilon
    kept = ops.where(fits, room, _shrunk(size, ops.where(count > 0, exact, high), room, ops))
    total = ops.sum(kept, axis=1, keepdims=True)
    return ops.sign(delta) * kept * _at_most_one(epsilon / at_least(total, TINY, ops), ops)


def at_least(values: Any, least: float, ops: Any) -> Any:
    """Return `values`, and `least` where they are below it, in their own dtype, which a number could narrow."""
    return ops.maximum(values, ops.full_like(values, least))


def vanishes(gradient: Any, ops: Any) -> Any:
    """Return whether a gradient (n, d) is 0 throughout, (n,), by one comparison each: whole arrays of them are slow."""
    return ops.max(ops.abs(gradient), axis=1) == 0


def _at_most_one(values: Any, ops: Any) -> Any:
    return ops.minimum(values, ops.ones_like(values))


def repeated(count: int, body: Callable[[Any], Any], state: Any, ops: Any) -> Any:
    """Apply `body` so often; as a loop where functions are compiled, which takes less to compile than its copies."""
    if ops is not np:
        return ops.fori_loop(0, count, lambda _i, state: body(state), state)
    for _ in range(count):
        state = body(state)
    return state


def _shrunk(size: Any, amount: Any, room: Any, ops: Any) -> Any:
    return ops.minimum(at_least(size - amount, 0.0, ops), room)


def _unit_signs(gradient: Any, chosen: Any, ops: Any) -> Any:
    signs = ops.where(chosen, ops.sign(gradient), ops.zeros_like(gradient))
    return signs / at_least(ops.sum(ops.abs(signs), axis=1, keepdims=True), 1.0, ops)


NORMS: dict[str, Norm] = {"linf": LInf(), "l2": L2(), "l1": L1()}


def norm_named(name: str, supported: tuple[str, ...]) -> Norm:
    """Return the norm ``"linf"``, ``"l2"`` or ``"l1"``.

    Raises:
        ArgumentError: another name, or one that is not among `supported`.
    """
    if name not in supported or name not in NORMS:
        raise ArgumentError(f"norm must be one of {', '.join(map(repr, supported))}. Received: {name!r}.")
    return NORMS[name]
