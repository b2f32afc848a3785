"""Suites: tables of what is run, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.recipe import PROFILES, Published, Recipe

EVALUATIONS = ("quality", "throughput", "attack:pgd", "ood:msp", "ood:energy")
"""What is measured by default: the task's metrics; throughput and latency; attacks and detectors by name."""

CORRUPTED = "corruptions"
"""The evaluation that takes every published corruption of a dataset's kind."""

_PLAIN = ("quality", "throughput", CORRUPTED, "full_spectrum")
_NAMED = ("attack", "curve", "corruption", "ood", "against", "preset", "calibration", "conformal")


@dataclass(frozen=True)
class Entry:
    """A line of a suite: what stands for one case per backend, device and seed.

    Attributes:
        model: a registered variant, ``module:function`` of a builder, or a path to a ``.keras`` file.
        dataset: a registered dataset.
        overrides: keyword arguments of the builder that replace the variant's, and ``classes`` the dataset's.
        published: a number shown beside the one measured, or several.
        evaluations: ``quality``, ``throughput``, ``corruptions``; ``attack:NAME``, ``curve:NAME`` (an attack at
            several strengths), ``corruption:NAME`` and ``ood:NAME``, with registered names;
            ``against:SET``, what detectors are tried on in place of the dataset's own sets: a group of
            `nnbench.core.foreign.GROUPS` or a set's name; ``preset:NAME``, whose hyperparameters detectors take where
            libraries differ; ``full_spectrum``, which counts shifted samples as
            in-distribution too; ``calibration:NAME`` (``temperature``, ``vector``, ``isotonic``) and
            ``conformal:NAME`` (``lac``, ``aps``, ``raps``), which need a recipe with a ``validation_share``.
    """

    model: str
    dataset: str
    recipe: Recipe = field(default_factory=Recipe)
    overrides: Mapping[str, Any] = field(default_factory=dict)
    published: Published | Sequence[Published] | None = None
    evaluations: tuple[str, ...] = EVALUATIONS

    def __post_init__(self) -> None:
        wrong = [e for e in self.evaluations if not _is_evaluation(e)]
        if wrong:
            expected = [*_PLAIN, *(f"{kind}:NAME" for kind in _NAMED)]
            raise ArgumentError(f"evaluations must be among {', '.join(expected)}. Received: {', '.join(wrong)}.")


def _is_evaluation(text: str) -> bool:
    kind, _, name = text.partition(":")
    return text in _PLAIN or (kind in _NAMED and bool(name))


def named_evaluations(evaluations: Sequence[str], kind: str) -> tuple[str, ...]:
    """Return NAME of each evaluation ``kind:NAME``."""
    return tuple(e.partition(":")[2] for e in evaluations if e.startswith(f"{kind}:"))


@dataclass(frozen=True)
class Suite:
    """A named table of entries. An object of this class in a pytest module is collected, a test per case.

    Attributes:
        seeds: profile name to the number of seeds, ``0 … n-1``, that it runs by default.
        profile: the profile that runs by default.
    """

    name: str
    entries: Sequence[Entry]
    seeds: Mapping[str, int] = field(default_factory=lambda: {"smoke": 1, "quick": 3, "full": 3})
    profile: str = "quick"

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise ArgumentError(f"profile must be one of {', '.join(PROFILES)}. Received: {self.profile!r}.")
        keys = [(e.model, e.dataset, e.recipe.name, repr(sorted(e.overrides.items()))) for e in self.entries]
        twice = sorted({f"{key[0]} on {key[1]}" for key in keys if keys.count(key) > 1})
        if twice:
            names = ", ".join(twice)
            raise ArgumentError(f"suite {self.name!r} lists twice: {names}. Give their recipes different names.")
