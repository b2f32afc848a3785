"""Share of a generator's samples that lie at a mode of the mixture."""

from __future__ import annotations

from nnbench.core.dataset import Array, Splits
from nnbench.core.metric import Estimate, register_metric
from nnbench.metrics import intervals
from nnbench.metrics._mixture import good_counts


@register_metric("high_quality_share", task="generation", better="higher")
def high_quality_share(samples: Array, splits: Splits) -> Estimate:
    """Share of samples within 3σ of the nearest mode (VEEGAN, PacGAN), with the Wilson interval.

    In two dimensions the mixture itself reaches 1 − exp(−4.5) = .9889.

    Args:
        samples: (n, *shape) generated samples; the papers draw 2500.
        splits: a mixture's, with ``modes`` and ``sigma`` in its extras.

    Returns:
        In [0, 1]; higher is better.

    Raises:
        NotApplicableError: the dataset has no modes.
        ArgumentError: samples of another size than the modes, NaN or infinite samples.
    """
    counts, n = good_counts(samples, splits)
    return intervals.share(int(counts.sum()), n)
