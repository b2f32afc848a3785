"""Stochastic depth: whole branches of a residual network are left out of some samples while it trains.

Huang et al. (2016), https://arxiv.org/abs/1603.09382, with what is kept scaled up as in dropout.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras


def dropped_path(x: Any, rate: float, name: str) -> Any:
    """Return `x` (batch, ...), all zeros for a share `rate` of the samples while training."""
    if not rate:
        return x
    return keras.layers.Dropout(rate, noise_shape=(None, *(1,) * (len(x.shape) - 1)), name=name)(x)


def rates(last: float, depth: int) -> list[float]:
    """Return a rate for each of `depth` blocks, from 0 at the first to `last` at the last."""
    return [last * i / max(1, depth - 1) for i in range(depth)]
