"""Images that the tests of corruptions use."""

import numpy as np
from scipy import ndimage

from nnbench.corruptions import corrupt

BYTES = (0, 255)


def photo(n=4, side=32, channels=3, seed=0):
    """Smooth bytes with some detail, (n, side, side, channels)."""
    rng = np.random.default_rng(seed)
    coarse = ndimage.zoom(rng.uniform(size=(n, 6, 6, channels)), (1, side / 6, side / 6, 1), order=1)
    noisy = 255 * (0.85 * coarse + 0.15 * rng.uniform(size=coarse.shape))
    return noisy.astype(np.uint8)


def changed(name, severity, x, **options):
    return corrupt(x, name, severity, bounds=BYTES, **options).astype(np.float64)


def constant(level, n=40):
    return np.full((n, 32, 32, 3), level, np.uint8)
