"""How a variant is trained on a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.robust_training import RobustTraining

PROFILES = ("smoke", "quick", "full")


@dataclass(frozen=True)
class Published:
    """A number somebody published for a variant and dataset, shown beside ours."""

    metric: str
    value: float
    source: str


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a training besides model, data and seed.

    A default that changes asks for a new `nnbench.core.case.ID_VERSION`.

    Attributes:
        optimizer: name of a Keras optimizer (``"adam"``, ``"sgd"`` …).
        learning_rate: initial rate.
        schedule: ``"constant"`` or ``"cosine"`` (to zero over all steps).
        optimizer_options: further keyword arguments of the optimizer (``momentum``, ``beta_1`` …).
        batch_size: samples per step; the last, smaller batch of an epoch is kept.
        epochs: passes over the training samples.
        steps: number of steps in their place; turned into whole epochs, at least two.
        shuffle: draw a new order of the samples in each epoch; False keeps theirs, and goes without `augment`.
        augment: any of ``flip`` and ``crop``, for images; see `nnbench.training.augmentation`.
        steps_per_execution: steps that run between two returns to Python, where the backend can.
        attack_samples: test samples that attacks and corruptions run on; None means all.
        ood_samples: samples that detectors are fitted on, and that each set holds, at most; None means all.
        train_samples, test_samples: use only so many; None means all.
        validation_share: share of the training samples, drawn at random, that is kept from training for what is
            fitted afterwards: scalings of confidence and conformal sets.
        robust: adversarially robust training of a classifier; None for the usual one.
        profiles: profile name to the fields it replaces.
    """

    optimizer: str = "adam"
    learning_rate: float = 1e-3
    schedule: str = "constant"
    optimizer_options: Mapping[str, Any] = field(default_factory=dict)
    batch_size: int = 128
    epochs: int = 10
    steps: int | None = None
    augment: tuple[str, ...] = ()
    shuffle: bool = True
    steps_per_execution: int = 1
    train_samples: int | None = None
    test_samples: int | None = None
    attack_samples: int | None = 256
    validation_share: float = 0.0
    ood_samples: int | None = 2000
    robust: RobustTraining | None = None
    profiles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    name: str = "default"

    def __post_init__(self) -> None:
        """Refuse what cannot be had together."""
        if self.augment and not self.shuffle:
            raise ArgumentError(f"shuffle must be True where samples are augmented. Received: augment={self.augment}.")
        if not 0 <= self.validation_share < 1:
            raise ArgumentError(f"validation_share must lie in [0, 1). Received: {self.validation_share}.")

    def under(self, profile: str) -> Recipe:
        """Return the recipe that `profile` runs; ``smoke`` always ends within a few steps."""
        if profile not in PROFILES:
            raise ArgumentError(f"profile must be one of {', '.join(PROFILES)}. Received: {profile!r}.")
        changed = replace(self, **self.profiles.get(profile, {}), profiles={})
        if profile == "smoke":
            n = changed.batch_size * 4
            changed = replace(changed, steps=8, train_samples=n, test_samples=128, attack_samples=32)
        return changed

    def epochs_for(self, samples: int) -> int:
        """Return the number of epochs over `samples` training samples."""
        if self.steps is None:
            return self.epochs
        per_epoch = -(-samples // self.batch_size)
        return max(2, round(self.steps / per_epoch))
