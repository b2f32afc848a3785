"""The balls that perturbations stay in. Arrays are (n, d), a sample flattened in each row."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from nnbench.attacks._noise import Noise
from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError


class Norm(Protocol):
    """Geometry of one norm."""

    def size(self, delta: Array) -> Array:
        """Return the norm (n,) of each perturbation (n, d)."""
        ...

    def steepest(self, gradient: Array) -> Array:
        """Return the perturbation (n, d) of norm 1 along which the loss rises fastest; 0 where the gradient is 0."""
        ...

    def project(self, delta: Array, epsilon: float) -> Array:
        """Return the nearest perturbation (n, d) of norm at most `epsilon`, in the Euclidean sense."""
        ...

    def inside(self, noise: Noise, samples: Array, draw: int, d: int) -> Array:
        """Return points (n, d) that are uniform in the ball of radius 1, one for each sample index (n,)."""
        ...


class LInf:
    """The greatest absolute change."""

    def size(self, delta: Array) -> Array:
        """See `Norm.size`."""
        return np.asarray(np.abs(delta).max(axis=1, initial=0))

    def steepest(self, gradient: Array) -> Array:
        """See `Norm.steepest`."""
        return np.sign(gradient)

    def project(self, delta: Array, epsilon: float) -> Array:
        """See `Norm.project`."""
        return np.clip(delta, -epsilon, epsilon)

    def inside(self, noise: Noise, samples: Array, draw: int, d: int) -> Array:
        """See `Norm.inside`."""
        return 2 * noise.uniform(samples, draw, d) - 1


class L2:
    """The Euclidean length."""

    def size(self, delta: Array) -> Array:
        """See `Norm.size`."""
        return np.asarray(np.linalg.norm(delta, axis=1))

    def steepest(self, gradient: Array) -> Array:
        """See `Norm.steepest`."""
        # Scaled by the largest entry first: the square of a gradient near the end of float32's range is 0.
        largest = np.abs(gradient).max(axis=1, initial=0, keepdims=True)
        scaled = gradient / np.where(largest > 0, largest, 1)
        length = np.linalg.norm(scaled, axis=1, keepdims=True)
        return np.asarray(scaled / np.where(length > 0, length, 1))

    def project(self, delta: Array, epsilon: float) -> Array:
        """See `Norm.project`."""
        length = np.linalg.norm(delta, axis=1, keepdims=True)
        return np.asarray(delta * np.minimum(1, epsilon / np.maximum(length, np.finfo(delta.dtype).tiny)))

    def inside(self, noise: Noise, samples: Array, draw: int, d: int) -> Array:
        """See `Norm.inside`."""
        direction = self.steepest(noise.normal(samples, draw, d))
        return np.asarray(direction * noise.uniform(samples, draw, 1) ** (1 / d))


NORMS: dict[str, Norm] = {"linf": LInf(), "l2": L2()}


def norm_named(name: str, supported: tuple[str, ...]) -> Norm:
    """Return the norm ``"linf"`` or ``"l2"``.

    Raises:
        ArgumentError: another name, or one that is not among `supported`.
    """
    if name not in supported or name not in NORMS:
        raise ArgumentError(f"norm must be one of {', '.join(map(repr, supported))}. Received: {name!r}.")
    return NORMS[name]
