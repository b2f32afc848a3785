"""Which samples of a generator lie at which mode of a Gaussian mixture.

The definitions are VEEGAN's (Srivastava et al. 2017, https://arxiv.org/abs/1705.07761, section 4.1), which PacGAN (Lin
et al. 2018, https://arxiv.org/abs/1712.04086) repeats: a sample is of high quality if it lies within three standard
deviations of the nearest mode, and a mode is covered if it is the nearest to at least one sample of high quality.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array, Splits
from nnbench.core.errors import ArgumentError, NotApplicableError
from nnbench.metrics import arrays

RADIUS = 3.0
"""Standard deviations within which, and not at which, a sample is good; PacGAN's released code is strict too."""


def good_counts(samples: Array, splits: Splits) -> tuple[Array, int]:
    """Return the number of good samples at each mode (k,), and the number of samples.

    Args:
        samples: (n, *shape), finite.
        splits: with ``modes`` (k, d) and ``sigma``, a number or (k,), in its extras; d is the size of a sample.

    Raises:
        NotApplicableError: the dataset has no modes.
        ArgumentError: samples of another size than the modes, NaN or infinite samples, no sample.
    """
    if "modes" not in splits.extras:
        raise NotApplicableError(f"the dataset {splits.spec.name!r} is not a mixture with known modes.")
    modes = np.asarray(splits.extras["modes"], np.float64)
    flat = np.asarray(samples, np.float64).reshape(len(samples), -1)
    if not len(flat) or flat.shape[1] != modes.shape[1]:
        raise ArgumentError(f"samples must be (n, {modes.shape[1]}) with n ≥ 1. Received: {np.shape(samples)}.")
    arrays.finite("samples", flat)
    sigma = np.broadcast_to(np.asarray(splits.extras["sigma"], np.float64), len(modes))
    distances = np.stack([np.linalg.norm(flat - mode, axis=1) / s for mode, s in zip(modes, sigma, strict=True)], 1)
    nearest = distances.argmin(axis=1)
    good = distances[np.arange(len(flat)), nearest] < RADIUS
    return np.bincount(nearest[good], minlength=len(modes)), len(flat)
