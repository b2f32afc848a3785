"""Projection onto a hyperplane within a box, the inner problem of FAB.

Croce & Hein (2020), Minimally distorted adversarial examples with a fast adaptive boundary attack,
https://arxiv.org/abs/1907.02044, section 2.2 and appendix A. They sort the coordinates' breakpoints; here Newton's
method solves the same equation, whose left side is concave, piecewise linear and rising, so that the steps approach the
solution from below and reach it exactly after a few pieces.
"""

from __future__ import annotations

from typing import Any

from nnbench.attacks._norms import repeated
from nnbench.core.lazy import keras

NEWTON_STEPS = 12


def step_to_hyperplane(norm: str, x: Any, w: Any, excess: Any, low: Any, high: Any) -> Any:
    """Return the smallest step (n, d) in a norm from `x` (n, d) to where ``w·x`` is less by `excess` (n,).

    It stays within the bounds `low`, `high` (d,); where these are in the way, it goes as far as they allow.
    """
    ops = keras.ops
    amount = ops.abs(excess)[:, None]
    sign = -ops.sign(w) * ops.where(excess >= 0, ops.ones_like(excess), -ops.ones_like(excess))[:, None]
    room = ops.where(sign > 0, high - x, x - low)
    solve = {"linf": _even, "l2": _proportional, "l1": _greedy}[norm]
    return sign * solve(ops.abs(w), room, amount)


def _even(w: Any, room: Any, amount: Any) -> Any:
    """Return the sizes min(r, room), for the smallest r for which they suffice."""
    ops = keras.ops

    def newton(radius: Any) -> Any:
        slope = _total(ops.where(room > radius, w, ops.zeros_like(w)))
        return _further(radius, amount - _total(w * ops.minimum(room, radius)), slope)

    radius = repeated(NEWTON_STEPS, newton, ops.zeros_like(amount), ops)
    # The last radius may pass every room, where the plane is out of reach.
    return ops.where(w > 0, ops.minimum(room, radius), ops.zeros_like(w))


def _proportional(w: Any, room: Any, amount: Any) -> Any:
    """Return the sizes min(λ |w|, room), for the smallest λ for which they suffice."""
    ops = keras.ops
    # In units of the largest weight: squares of small gradients are 0 in float32.
    largest = ops.max(w, axis=1, keepdims=True)
    scale = ops.where(largest > 0, largest, ops.ones_like(largest))
    w, amount = w / scale, amount / scale

    def newton(factor: Any) -> Any:
        slope = _total(ops.where(room > factor * w, w * w, ops.zeros_like(w)))
        return _further(factor, amount - _total(w * ops.minimum(room, factor * w)), slope)

    factor = repeated(NEWTON_STEPS, newton, ops.zeros_like(amount), ops)
    return ops.minimum(room, factor * w)


def _greedy(w: Any, room: Any, amount: Any) -> Any:
    """Return sizes that use up the room of the coordinates of greatest weight first."""
    ops = keras.ops
    order = ops.argsort(-w, axis=1)
    weights, rooms = ops.take_along_axis(w, order, axis=1), ops.take_along_axis(room, order, axis=1)
    before = ops.cumsum(weights * rooms, axis=1) - weights * rooms
    positive = ops.where(weights > 0, weights, ops.ones_like(weights))
    sizes = ops.minimum(ops.maximum((amount - before) / positive, 0.0), rooms)
    sizes = ops.where(weights > 0, sizes, ops.zeros_like(sizes))
    return ops.take_along_axis(sizes, ops.argsort(order, axis=1), axis=1)


def _total(values: Any) -> Any:
    return keras.ops.sum(values, axis=1, keepdims=True)


def _further(value: Any, missing: Any, slope: Any) -> Any:
    ops = keras.ops
    step = ops.maximum(missing, 0.0) / ops.where(slope > 0, slope, ops.ones_like(slope))
    return ops.where(slope > 0, value + step, value)
