"""Projection onto a hyperplane within a box, the inner problem of FAB.

Croce & Hein (2020), Minimally distorted adversarial examples with a fast adaptive boundary attack,
https://arxiv.org/abs/1907.02044, section 2.2 and appendix A. They sort the coordinates' breakpoints; here Newton's
method solves the same equation, whose left side is concave, piecewise linear and rising, so that the steps approach the
solution from below and reach it exactly after a few pieces.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nnbench.attacks._norms import at_least
from nnbench.core.lazy import keras

NEWTON_STEPS = 12
TOLERANCE = 1e-6


def step_to_hyperplane(norm: str, x: Any, w: Any, excess: Any, low: Any, high: Any) -> Any:
    """Return the smallest step (n, d) in a norm from `x` (n, d) to where ``w·x`` is less by `excess` (n,).

    It stays within the bounds `low`, `high` (d,); where these are in the way, it goes as far as they allow.
    """
    ops = keras.ops
    amount = ops.abs(excess)[:, None]
    sign = -ops.sign(w) * ops.where(excess >= 0, ops.ones_like(excess), -ops.ones_like(excess))[:, None]
    # Signs stand for comparisons throughout, which over whole inputs take several times as long. No weight, no room.
    # From the middle of the bounds it takes fewer passes than from either end; rounding may leave less than none.
    middle, half = (high + low) / 2, (high - low) / 2
    room = ops.relu(sign * (middle - x + sign * half))
    solve = {"linf": _even, "l2": _proportional, "l1": _greedy}[norm]
    return sign * solve(ops.abs(w), room, amount)


def _even(w: Any, room: Any, amount: Any) -> Any:
    """Return the sizes min(r, room), for the smallest r for which they suffice."""
    ops = keras.ops

    def slope_and_value(radius: Any) -> tuple[Any, Any]:
        return _total(w * _over(room, radius)), _total(w * ops.minimum(room, radius))

    # The last radius may pass every room, where the plane is out of reach.
    return ops.minimum(room, _solved(slope_and_value, _total(w * ops.sign(room)), amount))


def _proportional(w: Any, room: Any, amount: Any) -> Any:
    """Return the sizes min(λ |w|, room), for the smallest λ for which they suffice."""
    ops = keras.ops
    # In units of the largest weight: squares of small gradients are 0 in float32.
    largest = ops.max(w, axis=1, keepdims=True)
    scale = ops.where(largest > 0, largest, ops.ones_like(largest))
    w, amount = w / scale, amount / scale
    squared = w * w

    def slope_and_value(factor: Any) -> tuple[Any, Any]:
        sizes = factor * w
        return _total(squared * _over(room, sizes)), _total(w * ops.minimum(room, sizes))

    factor = _solved(slope_and_value, _total(squared * ops.sign(room)), amount)
    return ops.minimum(room, factor * w)


def _greedy(w: Any, room: Any, amount: Any) -> Any:
    """Return sizes that use up the room of the coordinates of greatest weight first."""
    ops = keras.ops
    order = ops.argsort(-w, axis=1)
    weights, rooms = ops.take_along_axis(w, order, axis=1), ops.take_along_axis(room, order, axis=1)
    before = ops.cumsum(weights * rooms, axis=1) - weights * rooms
    positive = ops.where(weights > 0, weights, ops.ones_like(weights))
    sizes = ops.minimum(at_least((amount - before) / positive, 0.0, ops), rooms)
    sizes = ops.where(weights > 0, sizes, ops.zeros_like(sizes))
    return ops.take_along_axis(sizes, ops.argsort(order, axis=1), axis=1)


def _over(values: Any, threshold: Any) -> Any:
    """Return 1 where values are over a threshold, and 0 elsewhere."""
    return keras.ops.sign(keras.ops.relu(values - threshold))


def _total(values: Any) -> Any:
    return keras.ops.sum(values, axis=1, keepdims=True)


def _solved(slope_and_value: Callable[[Any], tuple[Any, Any]], first_slope: Any, amount: Any) -> Any:
    """Return where a concave function that rises from 0 at 0 reaches `amount` (n, 1), or where it stops rising."""
    ops = keras.ops

    def going(_point: Any, steps: Any) -> Any:
        return ops.max(steps) > 0

    def further(slope: Any, missing: Any) -> Any:
        return missing / ops.where(slope > 0, slope, ops.ones_like(slope))

    def newton(point: Any, steps: Any) -> tuple[Any, Any]:
        slope, value = slope_and_value(point)
        missing = amount - value
        goes_on = (missing > TOLERANCE * amount) & (slope > 0)
        steps = ops.where(goes_on, steps - 1, ops.zeros_like(steps))
        return point + ops.where(goes_on, further(slope, missing), ops.zeros_like(point)), steps

    steps = ops.full_like(amount, float(NEWTON_STEPS - 1))
    return ops.while_loop(going, newton, (further(first_slope, amount), steps))[0]
