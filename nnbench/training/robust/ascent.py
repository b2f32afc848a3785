"""The attack on a training batch: projected steps that raise an objective, within the compiled training step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nnbench.core.lazy import keras
from nnbench.runtime.engine import engine
from nnbench.training.robust.ball import Ball


def ascend(objective: Callable[[Any], Any], x: Any, start: Any, ball: Ball, *, steps: int, step_size: float) -> Any:
    """Return inputs (n, *shape) of ball and bounds where `objective` is higher; no gradient flows through them.

    Args:
        objective: inputs (n, *shape) to values (n,), each of its own sample; it changes no state.
        x: the samples (n, *shape).
        start: changes (n, *shape) with which the ascent begins.
    """

    def climb(_: Any, point: Any) -> Any:
        gradient = engine().gradient(objective, point, again=False)
        return ball.within(point + step_size * ball.norm.steepest(gradient), x)

    first = ball.within(x + start, x)
    # A loop of the backend's own keeps the compiled step as small as that of one attack step.
    last = climb(0, first) if steps == 1 else keras.ops.fori_loop(0, steps, climb, first)
    return keras.ops.stop_gradient(last)
