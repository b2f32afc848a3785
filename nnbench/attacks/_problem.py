"""An attack's task, checked: the model, the samples, and the set that each may be moved in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnbench.attacks import _result
from nnbench.attacks._network import Network
from nnbench.attacks._noise import Noise
from nnbench.attacks._norms import Norm, norm_named
from nnbench.attacks._result import AttackResult
from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.metrics.arrays import class_labels, finite
from nnbench.metrics.logits import look_like_probabilities

Bounds = Sequence[Any]
"""Lowest and highest value of an input: two numbers, or two arrays that broadcast against a sample."""

REPEATS = 4
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Problem:
    """What an attack works on; samples are flattened to (n, d) in the model's dtype.

    Attributes:
        shape: of one sample.
        y: (n,) labels.
        right: (n,) which samples the model classifies right; only these are attacked.
        low, high: (d,) bounds.
        flags: what speaks against the result already.
    """

    network: Network
    shape: tuple[int, ...]
    x: Array
    y: Array
    right: Array
    norm: Norm
    epsilon: float
    low: Array
    high: Array
    noise: Noise
    flags: tuple[str, ...]

    def within(self, moved: Array, origin: Array) -> Array:
        """Return the points of ball and bounds nearest to `moved` (n, d), for samples at `origin` (n, d)."""
        inside = origin + self.norm.project(moved - origin, self.epsilon)
        # The bounds hold the origin, so clipping to them shortens every coordinate's change.
        return np.asarray(np.clip(inside, self.low, self.high))

    def random_points(self, samples: Array, draw: int) -> Array:
        """Return a point (n, d) of ball and bounds for each sample index (n,), uniform in the ball before clipping."""
        origin = self.x[samples]
        delta = self.epsilon * self.norm.inside(self.noise, samples, draw, origin.shape[1])
        return self.within(origin + delta.astype(origin.dtype), origin)

    def result(self, x_adv: Array, flags: Sequence[str] = ()) -> AttackResult:
        """Return the outcome for `x_adv` (n, d), after passing once more what the attack moved."""
        success = ~self.right
        moved = np.flatnonzero(self.right & (x_adv != self.x).any(axis=1))
        if len(moved):
            success[moved] = fooled(self.network.logits(x_adv[moved]), self.y[moved])
        return AttackResult(
            x_adv=x_adv.reshape(len(x_adv), *self.shape),
            success=success,
            clean_accuracy=float(self.right.mean()),
            robust_accuracy=float((~success).mean()),
            flags=tuple(dict.fromkeys((*self.flags, *flags))),
            forwards=self.network.forwards,
            backwards=self.network.backwards,
        )


def fooled(logits: Array, labels: Array) -> Array:
    """Return (n,) whether logits (n, classes) are finite and highest elsewhere than at labels (n,)."""
    return np.asarray((logits.argmax(axis=-1) != labels) & np.isfinite(logits).all(axis=-1))


def prepare(
    model: Any,
    x: Array,
    y: Array,
    *,
    norm: str,
    norms: tuple[str, ...],
    epsilon: float,
    bounds: Bounds,
    seed: int,
    batch_size: int,
) -> Problem:
    """Check an attack's arguments and classify the samples as they are.

    Raises:
        ArgumentError: an argument outside what is accepted, inputs outside the bounds, or a model that gives
            probabilities or NaN.
        NotApplicableError: the model is not a classifier of one continuous input.
    """
    _require_positive("epsilon", epsilon)
    _require_positive("batch_size", batch_size)
    if seed < 0:
        raise ArgumentError(f"seed must not be negative. Received: {seed}.")
    geometry = norm_named(norm, norms)
    x, y = np.asarray(x), np.asarray(y)
    if not len(x) or x.ndim < 2 or y.shape != (len(x),):
        raise ArgumentError(f"x must be (n, *shape) and y (n,), with n ≥ 1. Received: {x.shape} and {y.shape}.")
    network = Network(model, x.shape[1:], batch_size)
    flat = finite("x", x).astype(network.dtype).reshape(len(x), -1)
    low, high = _limits(bounds, x.shape[1:], flat)
    logits = _clean_logits(network, flat)
    labels = class_labels(y, logits.shape[1]).astype(np.int32)
    right = logits.argmax(axis=-1) == labels
    flags = (_result.RANDOMISED,) if _randomised(network, flat) else ()
    return Problem(network, x.shape[1:], flat, labels, right, geometry, float(epsilon), low, high, Noise(seed), flags)


def _require_positive(name: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise ArgumentError(f"{name} must be positive and finite. Received: {value}.")


def _limits(bounds: Bounds, shape: tuple[int, ...], x: Array) -> tuple[Array, Array]:
    try:
        low, high = (np.broadcast_to(np.asarray(b, x.dtype), shape).reshape(-1) for b in bounds)
    except (TypeError, ValueError):
        raise ArgumentError(f"bounds must be (low, high), the range of the inputs. Received: {bounds!r}.") from None
    if not (np.isfinite(low).all() and np.isfinite(high).all() and (low < high).all()):
        raise ArgumentError(f"bounds must be finite, with low below high. Received: {bounds!r}.")
    if (x < low).any() or (x > high).any():
        raise ArgumentError(f"x must lie within bounds {bounds!r}. Received: values from {x.min()} to {x.max()}.")
    return low, high


def _clean_logits(network: Network, x: Array) -> Array:
    logits = finite("the model's logits", network.logits(x))
    if look_like_probabilities(logits):
        raise ArgumentError(
            "model must give logits, the values before the softmax. Received: outputs that lie in [0, 1] and sum to 1."
        )
    return logits


def _randomised(network: Network, x: Array) -> bool:
    """Pass a few samples several times, in one batch and again, since some backends repeat a pass's random numbers."""
    rows = np.repeat(x[:REPEATS], REPEATS, axis=0)
    passes = np.stack([network.logits(rows), network.logits(rows)])
    passes = passes.reshape(2, -1, REPEATS, passes.shape[-1])
    spread = passes.max(axis=(0, 2)) - passes.min(axis=(0, 2))
    return bool(spread.max() > TOLERANCE * max(1.0, float(np.abs(passes).max())))
