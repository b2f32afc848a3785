"""Adversarial training by projected gradient descent.

Madry, Makelov, Schmidt, Tsipras & Vladu (2018), Towards deep learning models resistant to adversarial attacks,
https://arxiv.org/abs/1706.06083, equation 2.1: the weights minimise the cross-entropy on the worst inputs that PGD from
a random point of the ball finds. They train with 40 steps on MNIST and 7 on CIFAR-10.

As in their code, the attack runs in training mode: it has to fool the normalisation by batch statistics that the
weights then learn with. Ours leaves the moving statistics to the learning pass alone, and keeps one Dropout mask for
the attack and the pass that learns from it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.lazy import keras
from nnbench.training.robust.ascent import ascend
from nnbench.training.robust.ball import Ball
from nnbench.training.robust.losses import cross_entropies
from nnbench.training.robust.passes import Passes

STEPS = 7


def start(rng: np.random.Generator, shape: tuple[int, ...], ball: Ball) -> Array:
    """Return changes (n, *shape), uniform in the ball."""
    return np.asarray(ball.epsilon * ball.norm.inside(rng, shape), np.float32)


def loss(passes: Passes, x: Any, begin: Any, y: Any, ball: Ball, *, steps: int, step_size: float) -> Any:
    """Return the mean cross-entropy on attacked inputs.

    Args:
        x, y: samples (n, *shape) and labels (n,).
        begin: changes (n, *shape) of `start`.
    """

    def objective(point: Any) -> Any:
        return cross_entropies(passes.batch_statistics(point), y)

    moved = ascend(objective, x, begin, ball, steps=steps, step_size=step_size)
    return keras.ops.mean(cross_entropies(passes.learning(moved), y))
