"""Halves of the classes of a dataset: one is trained on, the other is foreign though it looks alike.

The held-out classes of, for instance, Neal et al. (2018), Open Set Learning with Counterfactual Images (ECCV), in the
split into 0 to 4 and 5 to 9 that out-of-distribution libraries use in their examples. Labels count from 0 in each half.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nnbench.core.catalog import load_dataset
from nnbench.core.dataset import DATASETS, Array, Split, register_dataset
from nnbench.datasets import image, signal, source_code

HALVES = ((0, 4), (5, 9))


@dataclass(frozen=True)
class Whole:
    """A dataset of ten classes that is halved: the sizes of the lower and of the upper half, and far datasets."""

    name: str
    sizes: tuple[Mapping[str, int], Mapping[str, int]]
    far: tuple[str, ...] = ()


WHOLES = (
    Whole("digits", ({"train": 721, "test": 180}, {"train": 717, "test": 179})),
    Whole("mnist", ({"train": 30_596, "test": 5_139}, {"train": 29_404, "test": 4_861}), ("fashion_mnist",)),
    Whole(
        "fashion_mnist", ({"train": 30_000, "test": 5_000}, {"train": 30_000, "test": 5_000}), ("mnist_test_images",)
    ),
    Whole("cifar10", ({"train": 25_000, "test": 5_000}, {"train": 25_000, "test": 5_000}), ("svhn_test_images",)),
    Whole("mnist1d", ({"train": 1_993, "test": 507}, {"train": 2_007, "test": 493})),
    Whole("python_modules", ({"train": 4_000, "test": 1_000}, {"train": 4_000, "test": 1_000}), ("python_docs_char",)),
)


def half_name(whole: str, first: int, last: int) -> str:
    """Return the name of the part with classes `first` to `last`."""
    return f"{whole}_{first}to{last}"


def _register(whole: Whole, half: int) -> None:
    base = DATASETS.present(whole.name)
    (first, last), other = HALVES[half], HALVES[1 - half]

    def load(seed: int) -> tuple[Split, Split]:
        splits = load_dataset(whole.name, seed)
        return _part(splits.train, first, last), _part(splits.test, first, last)

    load.__doc__ = f"The classes {first} to {last} of {whole.name} alone."
    register_dataset(
        half_name(whole.name, first, last),
        kind=base.kind,
        task=base.task,
        shape=base.shape,
        classes=last - first + 1,
        bounds=base.bounds,
        vocabulary=base.vocabulary,
        special_tokens=base.special_tokens,
        sizes=dict(whole.sizes[half]),
        source=base.source,
        licence=base.licence,
        files=base.files,
        fingerprint=base.fingerprint,
        attack=base.attack,
        out_of_distribution=(half_name(whole.name, *other),),
        near=(half_name(whole.name, *other),),
        far=whole.far,
    )(load)


def _part(split: Split, first: int, last: int) -> Split:
    chosen: Array = (split.y >= first) & (split.y <= last)
    return Split(split.x[chosen], np.asarray(split.y[chosen] - first, split.y.dtype))


_REGISTERED_BEFORE = (image, signal, source_code)
"""Importing them registers the wholes; looking them up in the registry would load every plugin."""

for _whole in WHOLES:
    for _half in range(len(HALVES)):
        _register(_whole, _half)
