"""The scalings by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from nnbench.calibration.isotonic_scaling import fit_isotonic
from nnbench.calibration.temperature_scaling import fit_temperature
from nnbench.calibration.vector_scaling import fit_vector
from nnbench.core.dataset import Array
from nnbench.core.errors import UnknownNameError
from nnbench.core.registry import did_you_mean


class Scaling(Protocol):
    """A fitted map from logits to better calibrated ones."""

    def transform(self, logits: Array) -> Array:
        """Return calibrated logits (n, classes), in float64, of `logits` (n, classes)."""
        ...


SCALINGS: Mapping[str, Callable[[Array, Array], Scaling]] = {
    "temperature": fit_temperature,
    "vector": fit_vector,
    "isotonic": fit_isotonic,
}
"""Name to the function that fits it to validation logits (n, classes) and labels (n,)."""


def fit_scaling(name: str, logits: Array, labels: Array) -> Scaling:
    """Fit the scaling of that name.

    Raises:
        UnknownNameError: no such scaling; the text suggests the nearest.
        ArgumentError: wrong shapes, NaN or infinite logits, labels out of range.
    """
    if name not in SCALINGS:
        known = list(SCALINGS)
        raise UnknownNameError(f"Unknown scaling {name!r}; there are {', '.join(known)}.{did_you_mean(name, known)}")
    return SCALINGS[name](logits, labels)
