"""A case, its id, and the seeds drawn from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from nnbench.core.recipe import Recipe
from nnbench.core.robust_training import RobustTraining

ID_VERSION = 1
"""Raised when the meaning of a case's fields or a default of `Recipe` changes; old results are then not taken for new
ones."""


@dataclass(frozen=True)
class Case:
    """variant × dataset × recipe × backend × device × precision × seed × evaluations.

    Attributes:
        model: a registered variant, ``module:function``, or a path to a ``.keras`` file.
        overrides: keyword arguments of the builder that replace the variant's.
        dataset_hash: content hash of the dataset.
        precision: a Keras dtype policy.
        evaluations: what is measured, in the words of `nnbench.core.suite.Entry`.
    """

    model: str
    dataset: str
    recipe: Recipe
    backend: str
    device: str
    precision: str
    seed: int
    evaluations: tuple[str, ...]
    dataset_hash: str
    overrides: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """A versioned hash of exactly these fields.

        What a recipe leaves at its default is not hashed, so that results outlive the fields that recipes gain.
        """
        content = {**asdict(self), "recipe": _said(self.recipe)}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return f"{ID_VERSION}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"

    @property
    def label(self) -> str:
        """A readable name, the same for every machine."""
        return f"{self.model}-{self.dataset}-{self.backend}-{self.device}-{self.seed}"

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as plain data, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Case:
        """Return the case that `as_dict` was made from."""
        return cls(**{**fields, "recipe": _recipe(fields["recipe"]), "evaluations": tuple(fields["evaluations"])})


def _recipe(fields: Mapping[str, Any]) -> Recipe:
    robust = fields.get("robust")
    nested = {"augment": tuple(fields.get("augment", ())), "robust": RobustTraining(**robust) if robust else None}
    return Recipe(**{**fields, **nested})


def _said(recipe: Recipe) -> dict[str, Any]:
    """Return the fields in which `recipe` differs from the default one."""
    default = asdict(type(recipe)())
    return {name: value for name, value in asdict(recipe).items() if value != default[name]}


def derived_seed(seed: int, *purpose: str | int) -> int:
    """Return a 31-bit seed for one purpose (``"attack"``, ``"latent"`` …), independent of the others."""
    text = "/".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) >> 1
