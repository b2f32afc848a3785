"""The Wasserstein loss of Arjovsky, Chintala and Bottou (2017), https://arxiv.org/abs/1701.07875.

The discriminator, called critic, must be held near slope 1: see `nnbench.training.objectives.gradient_penalty`.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras


def discriminator_loss(real: Any, fake: Any) -> Any:
    """Return the mean of `fake` less the mean of `real`; minus the loss estimates the distance.

    Args:
        real, fake: scores (n, 1), without bounds.
    """
    return keras.ops.mean(fake) - keras.ops.mean(real)


def generator_loss(fake: Any) -> Any:
    """Return the mean of −`fake`; any sign.

    Args:
        fake: scores (n, 1).
    """
    return -keras.ops.mean(fake)
