"""An attack's task: the model, the samples, and the set that each may be moved in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnbench.attacks._network import Network
from nnbench.attacks._noise import Noise
from nnbench.attacks._norms import Norm
from nnbench.attacks._objectives import error_log_odds_of
from nnbench.attacks._result import FULL_RANGE, AttackResult
from nnbench.core.dataset import Array

Bounds = Sequence[Any]
"""Lowest and highest value of an input: two numbers, or two arrays that broadcast against a sample."""

STANDARD_ERRORS = 3.0
"""By which a share must lie above chance to speak against a result."""


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
            flags=tuple(dict.fromkeys((*self.flags, *flags, *self.full_range(success)))),
            forwards=self.network.forwards,
            backwards=self.network.backwards,
            notes=tuple(notes),
            after=after or {},
        )

    def full_range(self, success: Array) -> tuple[str, ...]:
        """Return a flag for a model that is right above chance, by success (n,), within balls that hold every input."""
        reach = self.norm.size(np.maximum(self.high - self.x, self.x - self.low))
        whole = self.epsilon[:, 0] >= reach
        if self.targets is not None or not whole.any():
            return ()
        chance, n = 1 / self.classes, int(whole.sum())
        above = (~success[whole]).mean() > chance + STANDARD_ERRORS * np.sqrt(chance * (1 - chance) / n)
        return (FULL_RANGE,) if above else ()
