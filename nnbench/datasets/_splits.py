"""Arrays to splits: seeded division, standardisation, windows of tokens."""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array, Split, as_float32

FOLDS = 5
"""One sample in five is held out."""


def divide(x: Array, y: Array, seed: int, *, stratified: bool) -> tuple[Split, Split]:
    """Hold out one sample in five, drawn from `seed`; both splits come in random order.

    Args:
        x: (n, *shape).
        y: (n,) labels or values.
        stratified: keep the shares of the labels in `y`, each to within one sample.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(x))
    if stratified:
        order = order[np.argsort(y[order], kind="stable")]
    held_out = np.arange(len(x)) % FOLDS == FOLDS // 2
    train, test = rng.permutation(order[~held_out]), rng.permutation(order[held_out])
    return Split(x[train], y[train]), Split(x[test], y[test])


def held_out_size(n: int) -> dict[str, int]:
    """Return the sizes of the splits that `divide` makes of `n` samples."""
    test = len(range(FOLDS // 2, n, FOLDS))
    return {"train": n - test, "test": test}


def standardised(train: Split, test: Split, bounds: tuple[float, float]) -> tuple[Split, Split]:
    """Scale every feature by the training split's mean and standard deviation, into float32.

    Args:
        bounds: values beyond are clipped, which makes a dataset's stated bounds hold for every seed.
    """
    mean, deviation = train.x.mean(axis=0), train.x.std(axis=0)

    def scale(x: Array) -> Array:
        return as_float32(np.clip((x - mean) / deviation, *bounds))

    return Split(scale(train.x), train.y), Split(scale(test.x), test.y)


def standardised_targets(train: Split, test: Split) -> tuple[Split, Split, dict[str, Array]]:
    """Scale the targets by the training split's mean and standard deviation, and return both beside the splits.

    An error in these units times ``target_std`` is in the original unit; R² is the same in both.
    """
    mean, deviation = train.y.mean(), train.y.std()
    extras = {"target_mean": np.asarray(mean, np.float32), "target_std": np.asarray(deviation, np.float32)}

    def scale(split: Split) -> Split:
        return Split(split.x, as_float32((split.y - mean) / deviation))

    return scale(train), scale(test), extras


def next_token_windows(tokens: Array, length: int) -> Split:
    """Cut `tokens` (n,) into windows that do not overlap.

    Returns:
        x (windows, length) and y (windows, length) int32, y being x moved by one token; what does not fill a window is
        left out.
    """
    windows = (len(tokens) - 1) // length
    used = tokens[: windows * length + 1].astype(np.int32)
    return Split(used[:-1].reshape(windows, length), used[1:].reshape(windows, length).copy())
