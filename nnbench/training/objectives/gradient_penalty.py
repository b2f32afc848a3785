"""The penalty that holds a critic's slope near 1: Gulrajani et al. (2017), https://arxiv.org/abs/1704.00028."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nnbench.core.lazy import keras
from nnbench.runtime.engine import engine

TINY = 1e-12
"""Added under the root, which has no derivative at 0."""


def gradient_penalty(critic: Callable[[Any], Any], real: Any, fake: Any, mix: Any) -> Any:
    """Return the mean of (‖∇critic‖ − 1)² at points between real and generated samples: a scalar, at least 0.

    For use within the loss of `nnbench.runtime.engine.Engine.training_step`, which differentiates it once more.

    Args:
        critic: samples (n, *shape) to scores (n, 1), each score of its own sample alone, without change of state
            (``training=False``).
        real, fake: (n, *shape).
        mix: (n,), uniform in [0, 1): how much of the real sample is in each point.
    """
    ops = keras.ops
    mix = ops.reshape(mix, (-1,) + (1,) * (len(real.shape) - 1))
    slopes = engine().gradient(critic, mix * real + (1 - mix) * fake)
    squares = ops.sum(ops.square(slopes), axis=tuple(range(1, len(real.shape))))
    return ops.mean(ops.square(ops.sqrt(squares + TINY) - 1))
