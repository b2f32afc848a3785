"""Robust accuracy at several radii."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnbench.attacks._checks import rising
from nnbench.attacks._problem import Bounds, Radii
from nnbench.attacks._result import AttackResult
from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.robustness import ATTACKS


@dataclass(frozen=True)
class RobustnessCurve:
    """Robust accuracy of n samples at k radii.

    Attributes:
        epsilons: (k,) radii, rising.
        robust_accuracy: (k,) share of samples that are still classified right at each radius.
        success: (k, n) whether the model is wrong.
        clean_accuracy: share of samples that are classified right as they are.
        flags: reasons to distrust the curve.
        forwards, backwards: samples passed forward and backward through the model, for all radii.
    """

    epsilons: Array
    robust_accuracy: Array
    success: Array
    clean_accuracy: float
    flags: tuple[str, ...]
    forwards: int
    backwards: int

    @property
    def reliable(self) -> bool:
        """Whether nothing speaks against the curve."""
        return not self.flags


def robustness_curve(
    model: Any,
    x: Array,
    y: Array,
    *,
    norm: str,
    epsilons: Sequence[float],
    bounds: Bounds,
    attack: str = "pgd",
    **options: Any,
) -> RobustnessCurve:
    """Attack a classifier at several radii in one run, whose batches hold samples of all radii.

    Each radius is attacked by itself, with the same noise; so a curve that rises says that the attack fails, and is
    flagged.

    Args:
        model: a Keras model that gives logits (n, classes).
        x: (n, *shape) inputs within `bounds`.
        y: (n,) integer labels.
        norm: the balls' norm, one of the attack's.
        epsilons: positive radii in the units of `x`.
        bounds: (low, high) of valid inputs.
        attack: name of a registered attack of this package.
        options: the attack's own.

    Raises:
        ArgumentError: an argument that the attack refuses.
        NotApplicableError: the model is not a classifier of one continuous input.
    """
    radii = np.unique(np.asarray(epsilons, float))
    if not len(radii):
        raise ArgumentError("epsilons must hold at least one radius. Received: none.")
    x, y, k, n = np.asarray(x), np.asarray(y), len(radii), len(x)
    each = Radii(np.repeat(radii, n), np.tile(np.arange(n), k))
    many = np.tile(x, (k,) + (1,) * (x.ndim - 1))
    result: AttackResult = ATTACKS.get(attack).run(
        model, many, np.tile(y, k), norm=norm, epsilon=each, bounds=bounds, **options
    )
    success = result.success.reshape(k, n)
    return RobustnessCurve(
        epsilons=radii,
        robust_accuracy=(~success).mean(axis=1),
        success=success,
        clean_accuracy=result.clean_accuracy,
        flags=tuple(dict.fromkeys((*result.flags, *rising(~success)))),
        forwards=result.forwards,
        backwards=result.backwards,
    )
