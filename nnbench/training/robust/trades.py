"""TRADES: clean accuracy traded for robustness by a weight.

Zhang, Yu, Jiao, Xing, El Ghaoui & Jordan (2019), Theoretically principled trade-off between robustness and accuracy,
https://arxiv.org/abs/1901.08573, equation 5: cross-entropy on the samples as they are, plus `beta` times the
divergence between the answers there and at the worst point of the ball. The authors take 10 steps and beta 6 on
CIFAR-10, 40 steps and beta 1 on MNIST.

The attack starts 0.001 · a standard normal number away from every value, as theirs does, and raises the divergence. It
runs in evaluation mode, as in their release, so that what is attacked is the net that will be used. Under L2 theirs
moves by a descent of its own; ours takes the steps of PGD. Theirs passes the samples twice through the net for the
loss; ours once, which gives the same numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.lazy import keras
from nnbench.training.robust.ascent import ascend
from nnbench.training.robust.ball import Ball
from nnbench.training.robust.losses import cross_entropies, divergences
from nnbench.training.robust.passes import Passes

STEPS = 10
AWAY = 0.001
"""Deviation of the start: the divergence has no slope at the sample itself."""


def start(rng: np.random.Generator, shape: tuple[int, ...], _ball: Ball) -> Array:
    """Return changes (n, *shape), normal and tiny."""
    return np.asarray(AWAY * rng.standard_normal(shape, np.float32))


def loss(passes: Passes, x: Any, begin: Any, y: Any, ball: Ball, *, steps: int, step_size: float, beta: float) -> Any:
    """Return the mean cross-entropy on `x` plus `beta` times the mean divergence at attacked inputs.

    Args:
        x, y: samples (n, *shape) and labels (n,).
        begin: changes (n, *shape) of `start`.
    """
    before = passes.evaluation(x)

    def objective(point: Any) -> Any:
        return divergences(before, passes.evaluation(point))

    moved = ascend(objective, x, begin, ball, steps=steps, step_size=step_size)
    clean = passes.learning(x)
    robust = keras.ops.mean(divergences(clean, passes.learning(moved)))
    return keras.ops.mean(cross_entropies(clean, y)) + beta * robust
