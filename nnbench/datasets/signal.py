"""MNIST-1D: digits drawn as one-dimensional signals.

Greydanus, Kobak (2024), Scaling Down Deep Learning with MNIST-1D, https://arxiv.org/abs/2011.14439.
"""

from __future__ import annotations

import functools
import random

import numpy as np

from nnbench.core.dataset import Array, AttackSetting, Split, as_float32, register_dataset


@register_dataset(
    "mnist1d",
    kind="signal",
    task="classification",
    shape=(40,),
    classes=10,
    bounds=(-6.0, 6.0),
    sizes={"train": 4000, "test": 1000},
    source="https://github.com/greydanus/mnist1d",
    licence="Apache-2.0",
    # A tenth of the signals' standard deviation, which is 1, as 8/255 is an eighth of that of CIFAR-10's pixels; the
    # white noise that the authors add has deviation 0.13 in the same units, so people read digits that differ by more.
    attack=AttackSetting("linf", epsilon=0.1, steps=20, step_size=0.0125),
    out_of_distribution=("shift:permuted_features",),
)
def mnist1d(_seed: int) -> tuple[Split, Split]:
    """Digits as signals of 40 values with mean 0 and deviation 1, the published arrays and splits."""
    x_train, y_train, x_test, y_test = (array.copy() for array in _published())
    return Split(x_train, y_train), Split(x_test, y_test)


@functools.cache  # 0.8 MB against more than a second for every attempt of a run
def _published() -> tuple[Array, Array, Array, Array]:
    """Draw the arrays with the authors' code and seed, leaving the global generators that it seeds as they were."""
    from mnist1d.data import make_dataset

    ours, numpys = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        data = make_dataset()
    finally:
        random.setstate(ours)
        np.random.set_state(numpys)  # noqa: NPY002
    return (
        as_float32(data["x"]),
        data["y"].astype(np.int32),
        as_float32(data["x_test"]),
        data["y_test"].astype(np.int32),
    )
