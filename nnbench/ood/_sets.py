"""Samples that lie out of a dataset's distribution, by the names of `nnbench.core.foreign`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from nnbench.core.case import derived_seed
from nnbench.core.catalog import load_dataset
from nnbench.core.dataset import Array, DatasetSpec
from nnbench.core.errors import ArgumentError, UnknownNameError
from nnbench.core.registry import did_you_mean
from nnbench.shifts._corrupt import corrupt

SEVERITY = 5
"""Of a corruption whose name says none."""

UNKNOWN_TOKEN = 2
"""What `nnbench.datasets.text` has in place of a rare word."""

TILT = 1.0
"""Strength of the covariate shift: the mean moves by this many standard deviations along the first principal axis, if
samples are normal."""


def foreign_samples(name: str, spec: DatasetSpec, test: Array, *, seed: int = 0) -> Array:
    """Return at most as many foreign samples as `test` has, of the same shape and type.

    Args:
        name: a dataset (its test split), ``shift:NAME``, ``shift:NAME:SEVERITY`` or ``made:NAME`` with NAME among
            ``constant``, ``tilted`` and ``random_tokens``.
        spec: of the in-distribution dataset.
        test: (n, *shape) in-distribution samples; corruptions and shifts start from them.
        seed: the same seed gives the same samples.

    Raises:
        UnknownNameError: no such dataset, corruption or made set.
        ArgumentError: a severity that is none, a dataset of another shape, or a made set that `spec` cannot have.
        MissingDataError: a file of that dataset is absent.
    """
    kind, _, rest = name.partition(":")
    if kind == "shift":
        return _shifted(rest, spec, test, seed)
    rng = np.random.default_rng(derived_seed(seed, "foreign", name))
    if kind == "made":
        return np.asarray(_maker(rest)(spec, test, rng), test.dtype)
    return _other(name, spec, seed)[: len(test)]


def _shifted(rest: str, spec: DatasetSpec, test: Array, seed: int) -> Array:
    corruption, _, severity = rest.partition(":")
    if severity and severity not in "12345":
        raise ArgumentError(f"A shift's severity must be 1 to 5. Received: 'shift:{rest}'.")
    return corrupt(test, corruption, int(severity or SEVERITY), seed, bounds=spec.bounds)


def _other(name: str, spec: DatasetSpec, seed: int) -> Array:
    x = load_dataset(name, seed).test.x
    if x.shape[1:] != spec.shape:
        raise ArgumentError(f"{name} must hold samples of shape {spec.shape}. Received: {x.shape[1:]}.")
    if spec.vocabulary is not None:
        x = np.where(x < spec.vocabulary, x, UNKNOWN_TOKEN).astype(x.dtype)
    return x


def _constant(spec: DatasetSpec, test: Array, rng: np.random.Generator) -> Array:
    """Draw one value for each channel of each sample, from the bounds."""
    if spec.bounds is None:
        raise ArgumentError(f"made:constant needs a dataset with bounds. Received: {spec.name}.")
    channels = test.shape[-1] if test.ndim > 3 else 1
    values = rng.uniform(*spec.bounds, (len(test), *[1] * (test.ndim - 2), channels))
    return np.broadcast_to(values, test.shape).copy()


def _tilted(spec: DatasetSpec, test: Array, rng: np.random.Generator) -> Array:
    """Draw samples with weights exp(z · TILT), z their standardised place on the first principal axis.

    Exponential tilting, the covariate shift of Tibshirani, Barber, Candès & Ramdas (2019), Conformal Prediction Under
    Covariate Shift, https://arxiv.org/abs/1904.06019: what is asked changes, what is answered does not.
    """
    del spec
    flat = test.reshape(len(test), -1).astype(np.float64)
    centred = flat - flat.mean(0)
    place = centred @ np.linalg.svd(centred, full_matrices=False)[2][0]
    spread = place.std()
    weights = np.exp(TILT * place / spread) if spread > 0 else np.ones(len(test))
    return test[rng.choice(len(test), len(test), p=weights / weights.sum())]


def _random_tokens(spec: DatasetSpec, test: Array, rng: np.random.Generator) -> Array:
    """Draw every token uniformly from the vocabulary."""
    if spec.vocabulary is None:
        raise ArgumentError(f"made:random_tokens needs a dataset of tokens. Received: {spec.name}.")
    return rng.integers(0, spec.vocabulary, test.shape)


MADE: Mapping[str, Callable[[DatasetSpec, Array, np.random.Generator], Array]] = {
    "constant": _constant,
    "tilted": _tilted,
    "random_tokens": _random_tokens,
}
"""Sets that are neither a dataset nor a corruption, by name."""


def _maker(name: str) -> Callable[[DatasetSpec, Array, np.random.Generator], Array]:
    if name not in MADE:
        known = list(MADE)
        raise UnknownNameError(f"Unknown set 'made:{name}'; NAME is {', '.join(known)}.{did_you_mean(name, known)}")
    return MADE[name]
