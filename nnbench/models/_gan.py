"""What several GANs share."""

from __future__ import annotations

from nnbench.core.adversarial import AdversarialObjective
from nnbench.core.errors import ArgumentError
from nnbench.core.paper import Paper

WGAN_GP = Paper(
    "Improved training of Wasserstein GANs",
    "Gulrajani, Ahmed, Arjovsky, Dumoulin and Courville",
    2017,
    "https://arxiv.org/abs/1704.00028",
)

WASSERSTEIN_GP = AdversarialObjective("wasserstein", discriminator_steps=5, gradient_penalty=10.0)
"""Gulrajani et al. (2017), algorithm 1."""


def check_unconditional(classes: int | None) -> None:
    """Refuse classes.

    Raises:
        ArgumentError: `classes` is not None.
    """
    if classes is not None:
        raise ArgumentError(f"classes must be None: this GAN knows no labels. Received: {classes}.")
