"""Datasets: their specs, their splits, and how one is registered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from nnbench.core.plugins import load_plugins
from nnbench.core.registry import Registry

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Split:
    """Samples `x` (n, *shape) and their targets `y`.

    `y` is (n,) integer labels for classification, (n,) float values for regression, (n, length) next tokens for
    language, (n,) mode indices (or zeros where there are no modes) for generation.
    """

    x: Array
    y: Array

    def __len__(self) -> int:
        return len(self.x)

    def take(self, n: int | None) -> Split:
        """Return the first `n` samples, or all of them."""
        return self if n is None else Split(self.x[:n], self.y[:n])


@dataclass(frozen=True)
class Splits:
    """A loaded dataset. `extras` holds arrays that metrics need: ``modes`` (k, d) and ``sigma`` of a mixture."""

    spec: DatasetSpec
    train: Split
    test: Split
    extras: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class AttackSetting:
    """The perturbation under which robustness on a dataset is stated."""

    norm: str
    epsilon: float
    steps: int
    step_size: float
    name: str = "pgd"


@dataclass(frozen=True)
class DatasetSpec:
    """What is known of a dataset without loading it.

    Attributes:
        kind: one of ``table``, ``signal``, ``image``, ``tokens``, ``points``.
        task: one of ``classification``, ``regression``, ``language``, ``generation``.
        shape: shape of one sample, without the batch axis.
        classes: number of classes; 1 for regression; the vocabulary for language; None for generation.
        bounds: lowest and highest value that an input can have, the box that attacks stay in; None for tokens.
        vocabulary: number of different tokens, for tokens.
        special_tokens: tokens that stand for no content (padding, start, unknown), which attacks leave alone.
        files: relative path in the Keras home (``~/.keras/datasets``) to SHA-256, for data that is not embedded.
        version: raised when generated data changes; part of the content hash.
        attack: the perturbation robustness is measured under, or None.
        out_of_distribution: names of datasets, or ``shift:NAME`` for a registered corruption of the test split.
        near, far: names of datasets for `nnbench.core.foreign.foreign_sets`: those that resemble this one but hold
            none of its classes, and those that do not resemble it.
        fingerprint: cheap content hash for data that differs between machines; None where files and version decide.
    """

    name: str
    kind: str
    task: str
    shape: tuple[int, ...]
    classes: int | None
    bounds: tuple[float, float] | None
    source: str
    licence: str
    loader: Callable[[int], Splits]
    sizes: Mapping[str, int] = field(default_factory=dict)
    vocabulary: int | None = None
    special_tokens: tuple[int, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    version: int = 1
    attack: AttackSetting | None = None
    out_of_distribution: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    far: tuple[str, ...] = ()
    fingerprint: Callable[[], str] | None = None
    summary: str = ""

    @property
    def embedded(self) -> bool:
        """Whether the data needs neither network nor file."""
        return not self.files


DATASETS: Registry[DatasetSpec] = Registry("dataset", load_plugins)

RawSplits = tuple[Split, Split] | tuple[Split, Split, Mapping[str, Array]]
LoaderT = TypeVar("LoaderT", bound=Callable[[int], RawSplits])


def register_dataset(name: str, **spec: Any) -> Callable[[LoaderT], LoaderT]:
    """Register a loader ``loader(seed) -> (train, test)`` or ``(train, test, extras)``.

    Args:
        name: the name users type.
        **spec: the remaining attributes of `DatasetSpec`, except `loader` and `summary` (the docstring's first line).

    Raises:
        DuplicateNameError: the name is taken.
    """

    def register(loader: LoaderT) -> LoaderT:
        def load(seed: int) -> Splits:
            train, test, *rest = loader(seed)
            return Splits(DATASETS.get(name), train, test, MappingProxyType(dict(rest[0]) if rest else {}))

        summary = (loader.__doc__ or "").strip().partition("\n")[0]
        DATASETS.add(name, DatasetSpec(name=name, loader=load, summary=summary, **spec), loader.__module__)
        return loader

    return register


def as_float32(x: Any) -> Array:
    """Return `x` as a contiguous float32 array."""
    return np.ascontiguousarray(x, dtype=np.float32)
