"""What every step of a robust training reads: samples, where the attack on them begins, labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from nnbench.core.case import derived_seed
from nnbench.core.dataset import Array, Split
from nnbench.core.recipe import Recipe

Start = Callable[[np.random.Generator, tuple[int, ...]], Array]
Step = tuple[Array, Array, Array]


class AttackedBatches:
    """Batches in a new order every epoch, augmented as the recipe says; the last, smaller one is kept.

    The numbers come from NumPy on the host, so that a seed gives the same start on every backend.
    """

    def __init__(self, split: Split, recipe: Recipe, start: Start, seed: int) -> None:
        self._split, self._recipe, self._start = split, recipe, start
        self._order = np.random.default_rng(derived_seed(seed, "order"))
        self._starts = np.random.default_rng(derived_seed(seed, "robust"))

    def epoch(self) -> Iterator[Step]:
        """Yield x (n, *shape), the attack's first changes (n, *shape), and y (n,)."""
        for x, y in self._batches():
            yield x, self._start(self._starts, x.shape), y

    def _batches(self) -> Iterator[tuple[Array, Array]]:
        n, size = len(self._split), self._recipe.batch_size
        order = self._order.permutation(n) if self._recipe.shuffle else np.arange(n)
        for first in range(0, n, size):
            chosen = order[first : first + size]
            yield self._augmented(self._split.x[chosen]), self._split.y[chosen]

    def _augmented(self, x: Array) -> Array:
        if not self._recipe.augment:
            return x
        from nnbench.training.augmentation import AUGMENTATIONS

        for name in self._recipe.augment:
            x = AUGMENTATIONS[name](x, self._order)
        return x
