"""Canny's edges (1986, A computational approach to edge detection, https://doi.org/10.1109/TPAMI.1986.4767851).

With the steps and defaults of ``skimage.feature.canny``, which MNIST-C uses: a Gaussian of deviation 1, Sobel's
gradients, the highest points across the gradient, and edges above .1 that hang together with one above .2.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.shifts._filters import FIELD, gaussian_matrix

LOW, HIGH = 0.1, 0.2
SIGMA = 1.0


def canny(images: Array) -> Array:
    """Return where the edges are, (n, h, w) booleans, of images (n, h, w) in uint8; there are none at the rim."""
    down, across, size = _gradients(_smoothed(images))
    highest = _highest(down, across, size)
    return _joined(highest & (size >= LOW), highest & (size >= HIGH))


def _smoothed(images: Array) -> Array:
    """Return images in [0, 1], (n, h, w) in float64, blurred with what lies outside left out."""
    rows, columns = (gaussian_matrix(side, SIGMA, 4.0, "constant", FIELD) for side in images.shape[1:])
    total = rows @ (images.astype(np.float64) @ columns.T)
    return np.asarray(total / (255 * np.outer(rows.sum(axis=1), columns.sum(axis=1))))


def _gradients(images: Array) -> tuple[Array, Array, Array]:
    wide = np.pad(images, ((0, 0), (1, 1), (1, 1)), mode="symmetric")
    vertical = wide[:, 2:] - wide[:, :-2]
    horizontal = wide[:, :, 2:] - wide[:, :, :-2]
    down = vertical[:, :, :-2] + 2 * vertical[:, :, 1:-1] + vertical[:, :, 2:]
    across = horizontal[:, :-2] + 2 * horizontal[:, 1:-1] + horizontal[:, 2:]
    return down, across, np.sqrt(down * down + across * across)


def _highest(down: Array, across: Array, size: Array) -> Array:
    """Return where the gradient is no smaller than on either side of it, along itself; inside the rim alone."""
    wide = np.pad(size, ((0, 0), (1, 1), (1, 1)))
    h, w = size.shape[1:]

    def beside(y: int, x: int) -> Array:
        return wide[:, 1 + y : 1 + y + h, 1 + x : 1 + x + w]

    steep = np.abs(down) >= np.abs(across)
    longer, shorter = np.where(steep, np.abs(down), np.abs(across)), np.where(steep, np.abs(across), np.abs(down))
    share = shorter / np.where(longer > 0, longer, 1)
    one_sign = down * across >= 0
    highest = size > 0
    for side in (1, -1):
        straight = np.where(steep, beside(side, 0), beside(0, side))
        # To the side that the gradient leans to.
        oblique = np.where(one_sign, beside(side, side), np.where(steep, beside(side, -side), beside(-side, side)))
        highest &= size >= oblique * share + straight * (1 - share)
    highest[:, [0, -1]] = highest[:, :, [0, -1]] = False
    return np.asarray(highest)


def _joined(weak: Array, strong: Array) -> Array:
    """Return the weak points that hang together with a strong one, within their image."""
    from scipy.ndimage import label

    neighbours = np.zeros((3, 3, 3), bool)
    neighbours[1] = True
    labels, count = label(weak, neighbours)
    kept = np.zeros(count + 1, bool)
    kept[labels[strong]] = True
    kept[0] = False
    return np.asarray(kept[labels])
