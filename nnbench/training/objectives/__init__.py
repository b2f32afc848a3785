"""The losses of generators and discriminators, a file per objective.

The discriminator's logits (n, 1) are higher for samples that it takes for real. Every loss is a scalar to be minimised,
in ``keras.ops`` on the active backend: ``discriminator_loss(real, fake)`` of its logits for real and for generated
samples, ``generator_loss(fake)`` of its logits for generated ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.training.objectives import hinge, non_saturating, wasserstein


@dataclass(frozen=True)
class AdversarialLoss:
    """The two sides of an objective."""

    discriminator_loss: Callable[[Any, Any], Any]
    generator_loss: Callable[[Any], Any]


LOSSES = {
    "non_saturating": AdversarialLoss(non_saturating.discriminator_loss, non_saturating.generator_loss),
    "hinge": AdversarialLoss(hinge.discriminator_loss, hinge.generator_loss),
    "wasserstein": AdversarialLoss(wasserstein.discriminator_loss, wasserstein.generator_loss),
}
"""By the names of `nnbench.core.adversarial.ADVERSARIAL_LOSSES`."""


def adversarial_loss(name: str) -> AdversarialLoss:
    """Return the loss of that name.

    Raises:
        ArgumentError: there is none.
    """
    if name not in LOSSES:
        raise ArgumentError(f"name must be one of {', '.join(LOSSES)}. Received: {name!r}.")
    return LOSSES[name]
