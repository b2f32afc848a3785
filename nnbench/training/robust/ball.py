"""The set that a training sample may be moved in, in ``keras.ops``: a ball around it, cut by the bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.lazy import keras

TINY = 1e-12
"""Keeps lengths of 0 from being divided by."""


class Norm(Protocol):
    """Geometry of one norm, over samples (n, *shape)."""

    def steepest(self, gradient: Any) -> Any:
        """Return the change of norm 1 along which a value of this gradient rises fastest; 0 where it is 0."""
        ...

    def project(self, delta: Any, epsilon: float) -> Any:
        """Return the nearest changes of norm at most `epsilon`."""
        ...

    def inside(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Return changes of this shape, uniform in the ball of radius 1."""
        ...


class LInf:
    """The greatest absolute change."""

    def steepest(self, gradient: Any) -> Any:
        """See `Norm.steepest`."""
        return keras.ops.sign(gradient)

    def project(self, delta: Any, epsilon: float) -> Any:
        """See `Norm.project`."""
        return keras.ops.clip(delta, -epsilon, epsilon)

    def inside(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """See `Norm.inside`."""
        return 2 * rng.random(shape, np.float32) - 1


class L2:
    """The Euclidean length of a whole sample."""

    def steepest(self, gradient: Any) -> Any:
        """See `Norm.steepest`."""
        # Scaled by the largest entry first: the square of a small gradient is 0 in float32.
        axes = _axes(gradient)
        largest = keras.ops.max(keras.ops.abs(gradient), axis=axes, keepdims=True)
        scaled = gradient / keras.ops.where(largest > 0, largest, 1.0)
        return scaled / keras.ops.maximum(_length(scaled), TINY)

    def project(self, delta: Any, epsilon: float) -> Any:
        """See `Norm.project`."""
        return delta * keras.ops.minimum(1.0, epsilon / keras.ops.maximum(_length(delta), TINY))

    def inside(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """See `Norm.inside`."""
        flat = rng.standard_normal((shape[0], int(np.prod(shape[1:]))), np.float32)
        radius = rng.random((shape[0], 1), np.float32) ** (1 / flat.shape[1])
        return np.asarray(flat / np.linalg.norm(flat, axis=1, keepdims=True) * radius, np.float32).reshape(shape)


NORMS: dict[str, Norm] = {"linf": LInf(), "l2": L2()}


@dataclass(frozen=True)
class Ball:
    """The ball of radius `epsilon` around a sample, within the bounds `low` and `high` of every value."""

    norm: Norm
    epsilon: float
    low: float
    high: float

    def within(self, moved: Any, origin: Any) -> Any:
        """Return the points of ball and bounds nearest to `moved`, for samples at `origin`, both (n, *shape)."""
        inside = origin + self.norm.project(moved - origin, self.epsilon)
        # The bounds hold the origin, so clipping to them shortens every value's change.
        return keras.ops.clip(inside, self.low, self.high)


def _axes(x: Any) -> tuple[int, ...]:
    return tuple(range(1, len(x.shape)))


def _length(x: Any) -> Any:
    return keras.ops.sqrt(keras.ops.sum(keras.ops.square(x), axis=_axes(x), keepdims=True))
