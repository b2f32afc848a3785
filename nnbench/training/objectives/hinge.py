"""The hinge loss as Miyato et al. (2018) use it, equations 16 and 17, https://arxiv.org/abs/1802.05957."""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras


def discriminator_loss(real: Any, fake: Any) -> Any:
    """Return the mean of max(0, 1 − `real`) plus the mean of max(0, 1 + `fake`).

    At least 0; 2 where the discriminator cannot tell.

    Args:
        real, fake: logits (n, 1).
    """
    relu, mean = keras.ops.relu, keras.ops.mean
    return mean(relu(1 - real)) + mean(relu(1 + fake))


def generator_loss(fake: Any) -> Any:
    """Return the mean of −`fake`; any sign.

    Args:
        fake: logits (n, 1).
    """
    return -keras.ops.mean(fake)
