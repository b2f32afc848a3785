"""An attack made of others: the fast gradient sign method at half the radius, then at all of it."""

from dataclasses import replace

import numpy as np

import nnbench
from nnbench import Paper, register_attack

PAPER = Paper(
    "Explaining and Harnessing Adversarial Examples", "Goodfellow et al.", 2015, "https://arxiv.org/abs/1412.6572"
)


@register_attack("acme_two_steps", norms=("linf", "l2"), paper=PAPER)
def two_steps(model, x, y, *, epsilon, **options):
    """Keep the smaller step where it fools the model already."""
    half, full = (nnbench.attacks.fgsm(model, x, y, epsilon=share * epsilon, **options) for share in (0.5, 1.0))
    success = half.success | full.success
    near = np.reshape(half.success, (-1,) + (1,) * (half.x_adv.ndim - 1))
    return replace(
        full,
        x_adv=np.where(near, half.x_adv, full.x_adv),
        success=success,
        robust_accuracy=float((~success).mean()),
        flags=tuple(dict.fromkeys(half.flags + full.flags)),
        forwards=half.forwards + full.forwards,
        backwards=half.backwards + full.backwards,
    )
