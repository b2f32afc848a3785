"""Trying random points, which the noise baselines share."""

from __future__ import annotations

from collections.abc import Callable

from nnbench.attacks._attempts import Attempts
from nnbench.attacks._problem import Problem
from nnbench.attacks._result import AttackResult
from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError


def scatter(problem: Problem, draws: int, points: Callable[[Array, int], Array]) -> AttackResult:
    """Try ``points(rows, draw)`` (n, d) on the samples of indices (n,), as often as there are draws."""
    attempts = Attempts(problem)
    for draw in range(draws):
        rows = attempts.open()
        if len(rows):
            moved = points(rows, draw)
            attempts.offer(rows, moved, problem.network.logits(moved))
    return problem.result(attempts.x, sorted(attempts.flags))


def require_count(name: str, value: int) -> None:
    """Refuse a count below 1.

    Raises:
        ArgumentError: `value` is below 1.
    """
    if value < 1:
        raise ArgumentError(f"{name} must be at least 1. Received: {value}.")
