"""Training images changed at random in every epoch, repeatable by a seed.

``flip`` mirrors an image left to right with probability one half. ``crop`` pads by an eighth of the height with zeros
and cuts the original size out at a random place (He et al. 2016, section 4.2: 4 of 32 pixels).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from nnbench.core.dataset import Array, Split
from nnbench.core.errors import ArgumentError
from nnbench.core.registry import did_you_mean


def flip(x: Array, rng: np.random.Generator) -> Array:
    """Return images (n, height, width, channels), each mirrored or not."""
    mirrored = rng.random(len(x)) < 0.5
    return np.where(mirrored[:, None, None, None], x[:, :, ::-1], x)


def crop(x: Array, rng: np.random.Generator) -> Array:
    """Return images (n, height, width, channels), each moved by up to an eighth of the height."""
    n, height, width, _ = x.shape
    margin = max(1, height // 8)
    padded = np.pad(x, ((0, 0), (margin, margin), (margin, margin), (0, 0)))
    top, left = rng.integers(0, 2 * margin + 1, (2, n, 1, 1))
    rows, columns = top + np.arange(height)[:, None], left + np.arange(width)
    return np.asarray(padded[np.arange(n)[:, None, None], rows, columns])


AUGMENTATIONS: dict[str, Callable[[Array, np.random.Generator], Array]] = {"crop": crop, "flip": flip}


def check_augmentations(augment: tuple[str, ...], x: Array) -> None:
    """Refuse to augment `x` so.

    Raises:
        ArgumentError: an augmentation that does not exist, or samples that are not images.
    """
    for name in augment:
        if name not in AUGMENTATIONS:
            known = list(AUGMENTATIONS)
            expected = f"augment must be among {', '.join(known)}"
            raise ArgumentError(f"{expected}. Received: {name!r}.{did_you_mean(name, known)}")
    if augment and x.ndim != 4:
        raise ArgumentError(f"augment needs images (n, height, width, channels). Received: {x.shape}.")


class AugmentedBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Shuffled, augmented batches of a split; the last, smaller one is kept.

    Raises:
        ArgumentError: an augmentation that does not exist, or samples that are not images.
    """

    def __init__(self, split: Split, *, batch_size: int, augment: tuple[str, ...], seed: int) -> None:
        super().__init__()
        check_augmentations(augment, split.x)
        self._split, self._size, self._augment = split, batch_size, augment
        self._rng = np.random.default_rng(seed)
        self._order = self._rng.permutation(len(split))

    def __len__(self) -> int:
        return -(-len(self._split) // self._size)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        chosen = self._order[index * self._size : (index + 1) * self._size]
        x = self._split.x[chosen]
        for name in self._augment:
            x = AUGMENTATIONS[name](x, self._rng)
        return x, self._split.y[chosen]

    def release(self) -> None:
        """Let go of the samples; a backend may keep this object for the life of the process."""
        self._split = Split(self._split.x[:0].copy(), self._split.y[:0].copy())

    def on_epoch_end(self) -> None:
        """Shuffle anew."""
        self._order = self._rng.permutation(len(self._split))
