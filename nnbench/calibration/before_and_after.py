"""What a scaling of confidence changes, in numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nnbench.calibration._scalings import SCALINGS, fit_scaling
from nnbench.core.dataset import Array
from nnbench.core.metric import METRICS

if TYPE_CHECKING:
    import pandas as pd

MEASURED = ("accuracy", "nll", "brier", "ece", "adaptive_ece", "classwise_ece")
"""Metrics that are taken before and after."""


def before_and_after(
    fit: tuple[Array, Array], test: tuple[Array, Array], *, scalings: Iterable[str] = tuple(SCALINGS)
) -> pd.DataFrame:
    """Fit scalings on validation samples and measure them on others.

    Args:
        fit: validation logits (n, classes) and labels (n,).
        test: logits (m, classes) and labels (m,) of other samples.
        scalings: names of `SCALINGS`.

    Returns:
        One row per scaling, the first being ``none``, indexed by its name, with a column per metric of `MEASURED`.

    Raises:
        UnknownNameError: no such scaling.
        ArgumentError: wrong shapes, NaN or infinite logits, labels out of range.
    """
    import pandas as pd

    logits, labels = test
    outputs = {"none": logits, **{name: fit_scaling(name, *fit).transform(logits) for name in scalings}}
    rows = {name: {m: METRICS.get(m).compute(z, labels).value for m in MEASURED} for name, z in outputs.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(MEASURED)).rename_axis("scaling")
