"""Mean corruption error (mCE) and relative mCE, against a reference net that is named.

Hendrycks & Dietterich (2019), Benchmarking neural network robustness to common corruptions and perturbations,
https://arxiv.org/abs/1903.12261. With E the error of the net and R that of the reference, at severity s of corruption
c, and E₀, R₀ the errors on clean samples:

    CE_c = Σ_s E(c, s) / Σ_s R(c, s)
    relative CE_c = Σ_s (E(c, s) − E₀) / Σ_s (R(c, s) − R₀)

mCE and relative mCE are the means over c. Values are fractions here, where the paper writes per cent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nnbench.core.errors import ArgumentError

Errors = Mapping[str, Sequence[float]]
"""Corruption to its errors in [0, 1], by severity."""


@dataclass(frozen=True)
class ReferenceErrors:
    """The errors of the net that corruption errors are divided by.

    Attributes:
        name: which net, on which data; it stands beside every mCE.
        clean: error on clean samples, in [0, 1], or None where only mCE is asked.
        errors: corruption to its errors in [0, 1], by severity.
        source: where the numbers come from.
    """

    name: str
    errors: Errors
    clean: float | None = None
    source: str = ""


def corruption_error(errors: Sequence[float], reference: Sequence[float]) -> float:
    """Return Σ errors / Σ reference errors of one corruption, both by severity; lower is better, 1 is the reference's.

    Raises:
        ArgumentError: other severities than the reference has, or a reference without errors.
    """
    _check(errors, reference)
    return _ratio(sum(errors), sum(reference))


def relative_corruption_error(
    errors: Sequence[float], clean: float, reference: Sequence[float], reference_clean: float
) -> float:
    """Return how much error a corruption adds, over how much it adds to the reference; lower is better.

    Raises:
        ArgumentError: as `corruption_error`, or a reference that the corruption does not harm.
    """
    _check(errors, reference)
    return _ratio(sum(e - clean for e in errors), sum(r - reference_clean for r in reference))


def mean_corruption_error(errors: Errors, reference: ReferenceErrors) -> float:
    """Return mCE, the mean of `corruption_error` over the corruptions of `errors`.

    Raises:
        ArgumentError: no corruption, or one that the reference does not have.
    """
    return _mean([corruption_error(errors[name], _of(reference, name)) for name in errors])


def relative_mean_corruption_error(errors: Errors, clean: float, reference: ReferenceErrors) -> float:
    """Return relative mCE, the mean of `relative_corruption_error` over the corruptions of `errors`.

    Raises:
        ArgumentError: no corruption, one that the reference does not have, or a reference without clean error.
    """
    if reference.clean is None:
        raise ArgumentError(f"reference must state its clean error for a relative mCE. Received: {reference.name!r}.")
    return _mean(
        [relative_corruption_error(errors[name], clean, _of(reference, name), reference.clean) for name in errors]
    )


def _of(reference: ReferenceErrors, name: str) -> Sequence[float]:
    if name not in reference.errors:
        raise ArgumentError(
            f"reference must have errors of every corruption. Received: {reference.name!r}, which lacks {name!r}."
        )
    return reference.errors[name]


def _check(errors: Sequence[float], reference: Sequence[float]) -> None:
    if len(errors) != len(reference) or not len(errors):
        raise ArgumentError(
            f"errors and reference errors must be of the same severities. Received: {len(errors)} and {len(reference)}."
        )


def _ratio(errors: float, reference: float) -> float:
    if reference <= 0:
        raise ArgumentError(f"reference must be harmed by each corruption. Received: errors that add to {reference:g}.")
    return float(errors / reference)


def _mean(values: Sequence[float]) -> float:
    if not values:
        raise ArgumentError("errors must hold at least one corruption. Received: none.")
    return sum(values) / len(values)
