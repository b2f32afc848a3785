"""Specs of what measures trust in a model: attacks, detectors, corruptions; and their registries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.plugins import load_plugins
from nnbench.core.registry import Registry


@dataclass(frozen=True)
class Needs:
    """What a detector is given beside features (n, d) and logits (n, classes), as keyword arguments.

    A detector states it as its attribute ``needs``; without that attribute it is given nothing else.

    Attributes:
        features: it looks at the features, so that it does not apply where logits alone are at hand.
        training: it learns, so that it does not apply without training samples.
        head: ``head``, the `LinearHead`, to `fit` and `score`; its `features` are then what that layer is given.
        layers: ``layers``, to `fit` and `score`: for each inner layer the rows (n, s) that this function of
            ``keras.ops`` makes of the layer's activations (n, positions, channels), within the one pass over the data.
            It must be hashable.
        probe: ``probe``, to `score` alone: further passes of the scored samples through the model, which are counted.
        random: the scores are drawn: they repeat, but change with the way samples are cut into batches.
    """

    features: bool = False
    training: bool = False
    head: bool = False
    layers: Callable[[Any], Any] | None = None
    probe: bool = False
    random: bool = False


@dataclass(frozen=True)
class LinearHead:
    """The last layer of a classifier: logits = features · weights + bias.

    Attributes:
        weights: (d, classes).
        bias: (classes,).
    """

    weights: Array
    bias: Array

    def logits(self, features: Array) -> Array:
        """Return logits (n, classes) of features (n, d), in float64."""
        return np.asarray(features.astype(np.float64) @ self.weights.astype(np.float64) + self.bias)


class Detector(Protocol):
    """Scores how far samples lie from the distribution that a classifier was trained on.

    `needed` stands for what its attribute ``needs`` names; see `Needs`. A detector without needs takes the arrays
    alone.
    """

    def fit(self, features: Array, logits: Array, labels: Array, *_: Any, **needed: Any) -> None:
        """Learn from training samples: features (n, d), logits (n, classes), labels (n,) integers."""

    def score(self, features: Array, logits: Array, *_: Any, **needed: Any) -> Array:
        """Return (n,) scores; higher means more out-of-distribution."""
        ...


@dataclass(frozen=True)
class DetectorSpec:
    """A registered detector; `create` takes its hyperparameters as keyword arguments.

    `presets` are the hyperparameters of other libraries and of the paper, by the name of the source, where they differ
    from the defaults.
    """

    name: str
    create: Callable[..., Detector]
    paper: Paper
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class AttackSpec:
    """A registered attack: ``run(model, x, y, *, norm, epsilon, bounds, seed, **options) -> AttackResult``.

    One that reads tokens is ``run(model, x, y, *, edits, protected, seed, **options)``, has no norms, and gives a
    result with the same attributes, ``edits`` (n,) and ``accuracy_within(edits)``.

    Attributes:
        quick: options that make it short, for the tests of its contract.
        reads: ``"values"``, which it moves by a small amount, or ``"tokens"``, which it replaces.
    """

    name: str
    run: Callable[..., Any]
    norms: tuple[str, ...]
    paper: Paper
    quick: Mapping[str, Any] = field(default_factory=dict)
    reads: str = "values"


@dataclass(frozen=True)
class CorruptionSpec:
    """A registered corruption: ``apply(x, severity, draws, bounds) -> x`` over a batch (n, *shape).

    Attributes:
        apply: `severity` is 1 to 5; `draws`, a `nnbench.shifts.Draws`, gives every sample its own random numbers;
            `bounds` is (low, high) or None.
        kinds: the kinds of dataset that it makes sense for.
        paper: where it is defined.
        severity: the one severity that the paper states, or None where it states all five.
        per_sample: whether what becomes of a sample is independent of the samples beside it.
        graded: whether a higher severity is meant to move samples further.
        summary: first line of the docstring.
    """

    name: str
    apply: Callable[..., Array]
    kinds: tuple[str, ...]
    paper: Paper | None
    severity: int | None = None
    per_sample: bool = True
    graded: bool = True
    summary: str = ""


DETECTORS: Registry[DetectorSpec] = Registry("detector", load_plugins)
ATTACKS: Registry[AttackSpec] = Registry("attack", load_plugins)
CORRUPTIONS: Registry[CorruptionSpec] = Registry("corruption", load_plugins)

F = TypeVar("F", bound=Callable[..., Any])


def register_detector(
    name: str, *, paper: Paper, presets: Mapping[str, Mapping[str, Any]] | None = None
) -> Callable[[F], F]:
    """Register a class (or factory) that gives a `Detector`.

    Args:
        name: what the detector is called, everywhere.
        paper: where it comes from.
        presets: see `DetectorSpec`.

    Raises:
        DuplicateNameError: the name is taken.
    """

    def register(create: F) -> F:
        DETECTORS.add(name, DetectorSpec(name, create, paper, presets or {}), create.__module__)
        return create

    return register


def register_attack(
    name: str,
    *,
    paper: Paper,
    norms: tuple[str, ...] = (),
    quick: Mapping[str, Any] | None = None,
    reads: str = "values",
) -> Callable[[F], F]:
    """Register an attack function; see `AttackSpec` for its signature.

    Raises:
        DuplicateNameError: the name is taken.
    """

    def register(run: F) -> F:
        ATTACKS.add(name, AttackSpec(name, run, norms, paper, quick or {}, reads), run.__module__)
        return run

    return register


def register_corruption(
    name: str,
    *,
    kinds: tuple[str, ...],
    paper: Paper | None = None,
    severity: int | None = None,
    per_sample: bool = True,
    graded: bool = True,
) -> Callable[[F], F]:
    """Register a corruption function; see `CorruptionSpec` for its signature and the arguments.

    Raises:
        DuplicateNameError: the name is taken.
    """

    def register(apply: F) -> F:
        summary = (apply.__doc__ or "").strip().partition("\n")[0]
        spec = CorruptionSpec(name, apply, kinds, paper, severity, per_sample, graded, summary)
        CORRUPTIONS.add(name, spec, apply.__module__)
        return apply

    return register
