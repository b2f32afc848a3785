"""How unevenly a generator spreads over the modes of a mixture."""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array, Splits
from nnbench.core.errors import NotApplicableError
from nnbench.core.metric import Estimate, register_metric
from nnbench.metrics._mixture import good_counts


@register_metric("reverse_kl", task="generation", better="lower", unit="nat")
def reverse_kl(samples: Array, splits: Splits) -> Estimate:
    """KL(generated ‖ uniform) over the modes, in nats.

    The convention: ``generated`` is the histogram over modes of the samples within 3σ of their nearest mode, as in
    PacGAN's released code; all modes of the data are equally likely. A mode without a sample adds nothing, so that the
    divergence is finite.

    Args:
        samples: (n, *shape) generated samples; the papers draw 2500.
        splits: a mixture's, with ``modes`` and ``sigma`` in its extras.

    Returns:
        From 0 (even) to log(modes) (all at one mode); lower is better.

    Raises:
        NotApplicableError: the dataset has no modes, or no sample is within 3σ of one.
        ArgumentError: samples of another size than the modes, NaN or infinite samples.
    """
    counts, n = good_counts(samples, splits)
    if not counts.any():
        raise NotApplicableError("no sample lies within 3σ of a mode, so there is no histogram over modes.")
    shares = counts[counts > 0] / counts.sum()
    return Estimate(max(0.0, float((shares * np.log(shares * len(counts))).sum())), n=n)
