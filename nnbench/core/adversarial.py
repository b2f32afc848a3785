"""What a pair of generator and discriminator is trained for, besides data and recipe."""

from __future__ import annotations

from dataclasses import dataclass

from nnbench.core.errors import ArgumentError

ADVERSARIAL_LOSSES = ("non_saturating", "hinge", "wasserstein")
"""The losses that a GAN may name; `nnbench.training.objectives` holds them."""


@dataclass(frozen=True)
class AdversarialObjective:
    """The objective that belongs to a GAN.

    Attributes:
        loss: one of `ADVERSARIAL_LOSSES`.
        discriminator_steps: steps of the discriminator, each on samples of its own, before one of the generator.
        gradient_penalty: weight of the gradient penalty in the discriminator's loss; 0 means none.

    Raises:
        ArgumentError: another loss, fewer than one step, or a negative weight.
    """

    loss: str = "non_saturating"
    discriminator_steps: int = 1
    gradient_penalty: float = 0.0

    def __post_init__(self) -> None:
        if self.loss not in ADVERSARIAL_LOSSES:
            raise ArgumentError(f"loss must be one of {', '.join(ADVERSARIAL_LOSSES)}. Received: {self.loss!r}.")
        if self.discriminator_steps < 1:
            raise ArgumentError(f"discriminator_steps must be at least 1. Received: {self.discriminator_steps}.")
        if self.gradient_penalty < 0:
            raise ArgumentError(f"gradient_penalty must not be negative. Received: {self.gradient_penalty}.")
