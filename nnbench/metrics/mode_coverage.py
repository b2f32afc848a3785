"""Number of modes of a mixture that a generator reaches."""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array, Splits
from nnbench.core.metric import Estimate, register_metric
from nnbench.metrics._mixture import good_counts


@register_metric("modes_covered", task="generation", better="higher", unit="modes")
def modes_covered(samples: Array, splits: Splits) -> Estimate:
    """Number of modes that are the nearest to at least one sample within 3σ of them (VEEGAN, PacGAN).

    Args:
        samples: (n, *shape) generated samples; the papers draw 2500.
        splits: a mixture's, with ``modes`` and ``sigma`` in its extras.

    Returns:
        From 0 to the number of modes; higher is better.

    Raises:
        NotApplicableError: the dataset has no modes.
        ArgumentError: samples of another size than the modes, NaN or infinite samples.
    """
    counts, n = good_counts(samples, splits)
    return Estimate(float(np.count_nonzero(counts)), n=n)
