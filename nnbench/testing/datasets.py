"""The contract of a dataset, for the built-in ones and for those of third parties."""

from __future__ import annotations

import re

import numpy as np

from nnbench.core.catalog import dataset_info, load_dataset
from nnbench.core.content import content_hash
from nnbench.core.dataset import DATASETS, Array, DatasetSpec, Split, Splits
from nnbench.core.model import INPUTS, TASKS
from nnbench.core.robustness import CORRUPTIONS

SHIFT = "shift:"
NORMS = ("linf", "l2", "l1")
MAX_OVERLAP = 0.05
"""Largest share of test samples that may occur in training: published sets hold a few duplicates, Iris one in 150."""
MAX_STRAY = 1e-3
"""Largest share of a mixture's samples that may lie far from their mode."""


def check_dataset(name: str, seed: int = 0) -> None:
    """Check that a registered dataset does what every other part of nnbench relies on.

    Its spec is complete and true of the data: kinds, shapes, types, bounds, classes and sizes; nothing is missing or
    infinite; the same seed gives the same arrays; what is tested on was not trained on.

    Args:
        name: a registered dataset whose files, where it has any, are in place.
        seed: the seed to load with.

    Raises:
        AssertionError: the contract is broken; the text says where.
        MissingDataError: a file is absent, truncated or altered.
    """
    check_dataset_spec(dataset_info(name))
    splits = load_dataset(name, seed)
    check_splits(splits)
    _check_sizes(splits)
    _check_repeats(splits, load_dataset(name, seed))


def check_dataset_spec(spec: DatasetSpec) -> None:
    """Check what is stated of a dataset, without loading it.

    Raises:
        AssertionError: a field is missing or contradicts another; the text says which.
    """
    name = spec.name
    assert spec.summary, f"{name}: the loader has no docstring"
    assert spec.kind in INPUTS, f"{name}: kind must be among {INPUTS}. Received: {spec.kind!r}"
    assert spec.task in TASKS, f"{name}: task must be among {TASKS}. Received: {spec.task!r}"
    assert spec.source, f"{name}: no source"
    assert spec.licence, f"{name}: no licence"
    assert spec.shape, f"{name}: no shape"
    assert all(n > 0 for n in spec.shape), f"{name}: shape must hold positive integers. Received: {spec.shape}"
    _check_values_stated(spec)
    _check_evaluations_stated(spec)
    for file, sha256 in spec.files.items():
        assert re.fullmatch("[0-9a-f]{64}", sha256), f"{name}: the hash of {file} is no SHA-256. Received: {sha256!r}"
    assert content_hash(spec) == content_hash(spec), f"{name}: the fingerprint differs between calls"


def check_splits(splits: Splits) -> None:
    """Check that loaded arrays are what their spec states.

    Raises:
        AssertionError: they are not; the text says where.
    """
    spec = splits.spec
    for role, split in (("train", splits.train), ("test", splits.test)):
        label = f"{spec.name} ({role})"
        assert len(split.x) == len(split.y), f"{label}: {len(split.x)} samples but {len(split.y)} targets"
        assert split.x.shape[1:] == spec.shape, f"{label}: shape must be {spec.shape}. Received: {split.x.shape[1:]}"
        _check_inputs(label, spec, split.x)
        _TARGETS[spec.task](label, spec, split)
    _check_classes(splits)
    for key, array in splits.extras.items():
        assert isinstance(array, np.ndarray), f"{spec.name}: extras[{key!r}] must be an array. Received: {type(array)}"
    _check_disjoint(splits)
    if spec.task == "generation":
        _check_modes(splits)


def _check_values_stated(spec: DatasetSpec) -> None:
    name = spec.name
    if spec.kind == "tokens":
        assert spec.vocabulary, f"{name}: tokens need a vocabulary"
        assert spec.bounds is None, f"{name}: tokens have no bounds. Received: {spec.bounds}"
    else:
        assert spec.bounds is not None, f"{name}: no bounds"
        assert spec.bounds[0] < spec.bounds[1], f"{name}: bounds must be (low, high). Received: {spec.bounds}"
    expected = {"regression": 1, "language": spec.vocabulary, "generation": None}.get(spec.task, spec.classes)
    assert spec.classes == expected, f"{name}: classes must be {expected}. Received: {spec.classes}"


def _check_evaluations_stated(spec: DatasetSpec) -> None:
    name, attack = spec.name, spec.attack
    if attack is not None:
        assert spec.bounds is not None, f"{name}: an attack needs bounds"
        assert attack.norm in NORMS, f"{name}: the norm must be among {NORMS}. Received: {attack.norm!r}"
        assert 0 < attack.step_size <= attack.epsilon, f"{name}: a step must be in (0, epsilon]. Received: {attack}"
        assert attack.steps * attack.step_size >= attack.epsilon, f"{name}: the steps do not reach epsilon: {attack}"
    for other in (*spec.out_of_distribution, *spec.near, *spec.far):
        if other.startswith(SHIFT):
            kinds = CORRUPTIONS.get(other.removeprefix(SHIFT)).kinds
            assert spec.kind in kinds, f"{name}: {other} is for {kinds}. Received: {spec.kind!r}"
        else:
            shape = DATASETS.get(other).shape
            assert shape == spec.shape, f"{name}: {other} must have shape {spec.shape}. Received: {shape}"


def _check_inputs(label: str, spec: DatasetSpec, x: Array) -> None:
    expected = np.int32 if spec.kind == "tokens" else np.float32
    assert x.dtype == expected, f"{label}: x must be {expected.__name__}. Received: {x.dtype}"
    assert np.isfinite(x).all(), f"{label}: x holds values that are not finite"
    if not len(x):
        return
    low, high = (0, (spec.vocabulary or 0) - 1) if spec.bounds is None else spec.bounds
    assert low <= x.min(), f"{label}: x must be at least {low}. Received: {x.min()}"
    assert x.max() <= high, f"{label}: x must be at most {high}. Received: {x.max()}"


def _check_labels(label: str, spec: DatasetSpec, split: Split) -> None:
    """A set without classes serves as out-of-distribution data only; its labels are zeros."""
    y, classes = split.y, spec.classes or 1
    _check_integers(label, split)
    if len(y):
        assert y.min() >= 0, f"{label}: y must be at least 0. Received: {y.min()}"
        assert y.max() < classes, f"{label}: y must be less than {classes}. Received: {y.max()}"


def _check_values(label: str, _spec: DatasetSpec, split: Split) -> None:
    assert split.y.shape == (len(split.x),), f"{label}: y must be (n,). Received: {split.y.shape}"
    assert split.y.dtype == np.float32, f"{label}: y must be float32. Received: {split.y.dtype}"
    assert np.isfinite(split.y).all(), f"{label}: y holds values that are not finite"


def _check_next_tokens(label: str, _spec: DatasetSpec, split: Split) -> None:
    x, y = split.x, split.y
    assert y.shape == x.shape, f"{label}: y must be {x.shape}. Received: {y.shape}"
    assert np.issubdtype(y.dtype, np.integer), f"{label}: y must be integers. Received: {y.dtype}"
    assert np.array_equal(y[:, :-1], x[:, 1:]), f"{label}: y must hold the tokens that follow those of x"


def _check_modes_drawn(label: str, _spec: DatasetSpec, split: Split) -> None:
    _check_integers(label, split)


def _check_integers(label: str, split: Split) -> None:
    y = split.y
    assert y.shape == (len(split.x),), f"{label}: y must be (n,). Received: {y.shape}"
    assert np.issubdtype(y.dtype, np.integer), f"{label}: y must be integers. Received: {y.dtype}"


_TARGETS = {
    "classification": _check_labels,
    "regression": _check_values,
    "language": _check_next_tokens,
    "generation": _check_modes_drawn,
}


def _check_classes(splits: Splits) -> None:
    """A class that is never trained on would make every published accuracy unreachable."""
    spec, y = splits.spec, splits.train.y
    if spec.task == "classification" and len(y):
        absent = set(range(spec.classes or 1)) - set(np.unique(y).tolist())
        assert not absent, f"{spec.name}: the training split lacks the classes {sorted(absent)}"


def _check_modes(splits: Splits) -> None:
    """Where modes are stated, the samples of each must centre on it."""
    if "modes" not in splits.extras:
        return
    name, modes, sigma = splits.spec.name, splits.extras["modes"], splits.extras["sigma"]
    assert modes.shape[1:] == splits.spec.shape, f"{name}: modes must be (k, *shape). Received: {modes.shape}"
    assert sigma.shape == (), f"{name}: sigma must have shape (). Received: {sigma.shape}"
    assert set(splits.train.y) == set(range(len(modes))), f"{name}: y must hold the indices of all modes"
    distance = np.linalg.norm((splits.train.x - modes[splits.train.y]).reshape(len(splits.train), -1), axis=1)
    far = (distance > 6 * sigma * np.sqrt(modes[0].size)).mean()
    assert far < MAX_STRAY, f"{name}: {far:.2%} of the samples lie far from the mode that y names"


def _check_disjoint(splits: Splits) -> None:
    if not len(splits.test):
        return
    trained_on = {hash(row.tobytes()) for row in splits.train.x}
    share = sum(hash(row.tobytes()) in trained_on for row in splits.test.x) / len(splits.test)
    assert share < MAX_OVERLAP, f"{splits.spec.name}: {share:.1%} of the test samples occur in training"


def _check_sizes(splits: Splits) -> None:
    sizes = {"train": len(splits.train), "test": len(splits.test)}
    stated = dict(splits.spec.sizes)
    assert not stated or sizes == stated, f"{splits.spec.name}: sizes must be {stated}. Received: {sizes}"


def _check_repeats(first: Splits, second: Splits) -> None:
    pairs = zip(_arrays(first), _arrays(second), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs), f"{first.spec.name}: loading twice gives different arrays"


def _arrays(splits: Splits) -> list[Array]:
    return [splits.train.x, splits.train.y, splits.test.x, splits.test.y, *splits.extras.values()]
