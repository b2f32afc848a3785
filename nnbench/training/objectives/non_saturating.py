"""The non-saturating loss of Goodfellow et al. (2014), Generative adversarial nets, https://arxiv.org/abs/1406.2661."""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras


def discriminator_loss(real: Any, fake: Any) -> Any:
    """Return the mean of softplus(−`real`) plus the mean of softplus(`fake`): the binary cross-entropy of both.

    At least 0; 2 log 2 where the discriminator cannot tell.

    Args:
        real, fake: logits (n, 1).
    """
    softplus, mean = keras.ops.softplus, keras.ops.mean
    return mean(softplus(-real)) + mean(softplus(fake))


def generator_loss(fake: Any) -> Any:
    """Return the mean of softplus(−`fake`): at least 0, and log 2 where the discriminator cannot tell.

    Args:
        fake: logits (n, 1).
    """
    return keras.ops.mean(keras.ops.softplus(-fake))
