"""An attack's task, checked: the model, the samples, and the set that each may be moved in."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnbench.attacks import _checks
from nnbench.attacks._network import Network
from nnbench.attacks._noise import Noise
from nnbench.attacks._norms import Norm, norm_named
from nnbench.attacks._objectives import error_log_odds_of
from nnbench.attacks._result import AttackResult
from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.metrics.arrays import class_labels, finite
from nnbench.metrics.logits import look_like_probabilities

Bounds = Sequence[Any]
"""Lowest and highest value of an input: two numbers, or two arrays that broadcast against a sample."""


@dataclass(frozen=True)
class Radii:
    """A radius for each sample, in place of one for all: how a robustness curve attacks at several at once.

    Attributes:
        values: (n,) radii.
        samples: (n,) which sample each is, to which its noise belongs.
    """

    values: Array
    samples: Array


@dataclass(frozen=True)
class Problem:
    """What an attack works on; samples are flattened to (n, d) in the model's dtype.

    Attributes:
        shape: of one sample.
        y: (n,) labels.
        targets: (n,) the classes to reach, or None where any wrong one will do.
        clean: (n, classes) logits of the samples as they are.
        attacked: (n,) which samples there is something to do for: those that are classified right, or not as targeted.
        norm_name, norm: the ball's norm.
        epsilon: (n, 1) radii.
        samples: (n,) what noise is keyed by.
        low, high: (d,) bounds.
        flags: what speaks against the result already.
    """

    network: Network
    shape: tuple[int, ...]
    x: Array
    y: Array
    targets: Array | None
    clean: Array
    attacked: Array
    norm_name: str
    norm: Norm
    epsilon: Array
    samples: Array
    low: Array
    high: Array
    noise: Noise
    flags: tuple[str, ...]

    @property
    def classes(self) -> int:
        """Number of logits."""
        return int(self.clean.shape[1])

    def rivals(self) -> Array:
        """Return the wrong classes (n, classes − 1), the most likely first."""
        order = np.argsort(-self.clean, axis=1, kind="stable").astype(np.int32)
        return np.asarray(order[order != self.y[:, None]].reshape(len(order), -1))

    def clipped(self, x: Array) -> Array:
        """Return `x` (n, d) within the bounds, in the model's dtype."""
        return np.asarray(np.clip(x, self.low, self.high), self.x.dtype)

    def within(self, moved: Array, rows: Array) -> Array:
        """Return the points of ball and bounds nearest to `moved` (n, d), for samples of indices (n,)."""
        origin = self.x[rows]
        inside = origin + self.norm.project(moved - origin, self.epsilon[rows])
        # The bounds hold the origin, so clipping to them shortens every coordinate's change.
        return self.clipped(inside)

    def box(self, rows: Array, radius: Array) -> tuple[Array, Array]:
        """Return the least and greatest values (n, d) within the bounds and, under L∞, within the radius (n, 1)."""
        x = self.x[rows]
        if self.norm_name == "linf":
            return self.clipped(x - radius), self.clipped(x + radius)
        return np.broadcast_to(self.low, x.shape), np.broadcast_to(self.high, x.shape)

    def random_points(self, rows: Array, draw: int) -> Array:
        """Return a point (n, d) of ball and bounds for each sample index (n,), uniform in the ball before clipping."""
        origin = self.x[rows]
        delta = self.epsilon[rows] * self.norm.inside(self.noise, self.samples[rows], draw, origin.shape[1])
        return self.within((origin + delta).astype(origin.dtype), rows)

    def given(self, rows: Array, targets: Array | None = None) -> dict[str, Array]:
        """Return what programs know of samples of indices (n,)."""
        goal = self.y if self.targets is None else self.targets
        lower, upper = self.box(rows, self.epsilon[rows])
        return {
            "origin": self.x[rows],
            "lower": lower,
            "upper": upper,
            "label": self.y[rows],
            "target": goal[rows] if targets is None else targets.astype(np.int32),
            "epsilon": self.epsilon[rows],
        }

    def fooled(self, logits: Array, rows: Array) -> Array:
        """Return (n,) whether the attack has what it wants of samples of indices (n,), by their logits."""
        answers, finite_ = logits.argmax(axis=-1), np.isfinite(logits).all(axis=-1)
        met = answers != self.y[rows] if self.targets is None else answers == self.targets[rows]
        return np.asarray(met & finite_)

    def loss(self, logits: Array, rows: Array) -> Array:
        """Return the log odds (n,) of what the attack wants."""
        if self.targets is None:
            return error_log_odds_of(logits, self.y[rows])
        return -error_log_odds_of(logits, self.targets[rows])

    def result(
        self,
        x_adv: Array,
        flags: Sequence[str] = (),
        notes: Sequence[str] = (),
        after: Mapping[str, float] | None = None,
    ) -> AttackResult:
        """Return the outcome for `x_adv` (n, d), after passing once more what the attack moved."""
        success = ~self.attacked
        moved = np.flatnonzero(self.attacked & (x_adv != self.x).any(axis=1))
        if len(moved):
            success[moved] = self.fooled(self.network.logits(x_adv[moved]), moved)
        return AttackResult(
            x_adv=x_adv.reshape(len(x_adv), *self.shape),
            success=success,
            clean_accuracy=float((self.clean.argmax(axis=-1) == self.y).mean()),
            robust_accuracy=float((~success).mean()),
            flags=tuple(dict.fromkeys((*self.flags, *flags, *_checks.full_range(self, success)))),
            forwards=self.network.forwards,
            backwards=self.network.backwards,
            notes=tuple(notes),
            after=after or {},
        )


def prepare(
    model: Any,
    x: Array,
    y: Array,
    *,
    norm: str,
    norms: tuple[str, ...],
    epsilon: float | Radii,
    bounds: Bounds,
    seed: int,
    batch_size: int,
    targets: Array | None = None,
    gradients: bool = True,
) -> Problem:
    """Check an attack's arguments and classify the samples as they are.

    Args:
        gradients: whether the attack follows gradients, so that they are looked at.

    Raises:
        ArgumentError: an argument outside what is accepted, inputs outside the bounds, or a model that gives
            probabilities or NaN.
        NotApplicableError: the model is not a classifier of one continuous input.
    """
    _require_positive("batch_size", batch_size)
    if seed < 0:
        raise ArgumentError(f"seed must not be negative. Received: {seed}.")
    geometry = norm_named(norm, norms)
    x, y = np.asarray(x), np.asarray(y)
    radii = epsilon if isinstance(epsilon, Radii) else Radii(np.full(len(x), epsilon, float), np.arange(len(x)))
    for radius in radii.values:
        _require_positive("epsilon", radius)
    if not len(x) or x.ndim < 2 or y.shape != (len(x),):
        raise ArgumentError(f"x must be (n, *shape) and y (n,), with n ≥ 1. Received: {x.shape} and {y.shape}.")
    network = Network(model, x.shape[1:], batch_size)
    flat = finite("x", x).astype(network.dtype).reshape(len(x), -1)
    low, high = network.low, network.high = _limits(bounds, x.shape[1:], flat)
    clean = _clean_logits(network, flat)
    labels = class_labels(y, clean.shape[1]).astype(np.int32)
    goals = None if targets is None else _targets(targets, labels, clean.shape[1])
    answers = clean.argmax(axis=-1)
    attacked = answers == labels if goals is None else answers != goals
    flags = _checks.of_model(network, flat[attacked])
    radius = radii.values.astype(network.dtype)[:, None]
    problem = Problem(
        network, x.shape[1:], flat, labels, goals, clean, attacked, norm, geometry, radius, radii.samples, low, high,
        Noise(seed), flags,
    )  # fmt: skip
    if gradients and not flags:
        return replace(problem, flags=_checks.of_gradient(problem))
    return problem


def _require_positive(name: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise ArgumentError(f"{name} must be positive and finite. Received: {value}.")


def _targets(targets: Array, labels: Array, classes: int) -> Array:
    goals = class_labels(targets, classes).astype(np.int32)
    if goals.shape != labels.shape or (goals == labels).any():
        raise ArgumentError(
            f"targeted must give each sample a class other than its label, {labels.shape}. Received: {goals.shape}"
            f"{', some of them the label' if goals.shape == labels.shape else ''}."
        )
    return goals


def _limits(bounds: Bounds, shape: tuple[int, ...], x: Array) -> tuple[Array, Array]:
    try:
        low, high = (np.broadcast_to(np.asarray(b, x.dtype), shape).reshape(-1).copy() for b in bounds)
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
