"""A classifier under corruptions, from samples to a frame, and what the frame comes to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nnbench.core.corruption_error import (
    ReferenceErrors,
    corruption_error,
    mean_corruption_error,
    relative_corruption_error,
    relative_mean_corruption_error,
)
from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.robustness import CORRUPTIONS
from nnbench.metrics.arrays import class_labels
from nnbench.metrics.intervals import wilson
from nnbench.shifts._answers import CLEAN, right_answers
from nnbench.shifts._classifier import Classifier
from nnbench.shifts._corrupt import SEVERITIES, Bounds
from nnbench.shifts._groups import named_group, standard_corruptions

if TYPE_CHECKING:
    import pandas as pd

PUBLISHED = "published"
COLUMNS = ("corruption", "severity", "error", "low", "high", "n", "distance", "reference", "reference_error")


@dataclass(frozen=True)
class CorruptionSummary:
    """What a net's errors under corruptions come to.

    Attributes:
        clean_accuracy: on samples as they are.
        mean_accuracy: over all corruptions and severities, each with the same weight.
        worst: the corruption of the lowest mean accuracy.
        reference: name of the reference net, or None; the three below are None without one.
        mce: mean corruption error, a fraction; 1 is the reference's own.
        relative_mce: the same of the error that the corruptions add.
        by_corruption: one row per corruption: corruption, accuracy (mean over severities), ce, relative_ce.
    """

    clean_accuracy: float
    mean_accuracy: float
    worst: str
    reference: str | None
    mce: float | None
    relative_mce: float | None
    by_corruption: pd.DataFrame


def evaluate(
    model: Any,
    x: Array,
    y: Array,
    *,
    corruptions: str | Sequence[str] | None = None,
    severities: Sequence[int] | str = tuple(SEVERITIES),
    bounds: Bounds | None = None,
    seed: int = 0,
    reference: ReferenceErrors | None = None,
    population: Array | None = None,
    batch_size: int = 128,
) -> pd.DataFrame:
    """Return a classifier's error on clean samples and under each corruption and severity.

    Args:
        model: a built Keras model of one input that gives logits or probabilities (n, classes); it is run with
            ``training=False``.
        x: (n, *shape) samples within `bounds`.
        y: (n,) integer labels.
        corruptions: a group (``"common"``, ``"extra"``, ``"mnist_c"``, ``"signal"``, ``"table"``), a name, or names; by
            default the 15 common ones for images (n, h, w, c) and the group ``"signal"`` for (n, length, channels).
        severities: numbers from 1 to 5, or ``"published"`` for the one severity at which a set such as MNIST-C is
            published (all five where the paper has five).
        bounds: lowest and highest value of an input; images need them.
        seed: decides the noise.
        reference: errors of a reference net; adds the column `reference_error`.
        population: what the corruptions of signals and tables take statistics from, such as the training samples; by
            default `x`.
        batch_size: samples per pass; changes the speed alone.

    Returns:
        One row per corruption and severity, after one for clean samples (corruption ``"clean"``, severity 0), with the
        columns of `COLUMNS`: `error` in [0, 1] with its 95 % Wilson interval `low` to `high`, the mean absolute change
        `distance` of a value in the units of `x`, name and error of the reference (empty and NaN where there is none).

    Raises:
        ArgumentError: shapes or labels that do not fit, an unknown group, or an argument that `corrupt` refuses.
        UnknownNameError: no such corruption.
        NotApplicableError: the model is not a classifier of one input.
    """
    import pandas as pd

    x = np.asarray(x)
    classifier = Classifier(model, batch_size)
    y = _labels(x, y, classifier.classes)
    plan = [(CLEAN, 0), *_planned(_named(corruptions, x), severities)]
    rows = []
    for found in right_answers(classifier, x, y, plan, bounds=bounds, seed=seed, population=population):
        n, wrong = len(y), int((~found.right).sum())
        beside = _reference_error(reference, found.corruption, found.severity)
        rows.append((found.corruption, found.severity, wrong / n, *wilson(wrong, n), n, found.distance, *beside))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def summarize(frame: pd.DataFrame, reference: ReferenceErrors | None = None) -> CorruptionSummary:
    """Return accuracy, mCE and relative mCE of a frame of `evaluate`.

    Args:
        frame: with the columns `corruption`, `severity` and `error`; one row is clean.
        reference: the net to divide by; see `reference_errors` for making one of another net's frame.

    Raises:
        ArgumentError: no clean row, or a reference that lacks a corruption or severity.
    """
    import pandas as pd

    clean, errors = _clean_error(frame), _errors(frame)
    rows = []
    for name, values in errors.items():
        ce, relative = _compared(name, values, clean, reference)
        rows.append((name, 1 - float(np.mean(values)), ce, relative))
    table = pd.DataFrame(rows, columns=["corruption", "accuracy", "ce", "relative_ce"])
    has_clean = reference is not None and reference.clean is not None
    return CorruptionSummary(
        clean_accuracy=1 - clean,
        mean_accuracy=float(table["accuracy"].mean()),
        worst=str(table["corruption"].iloc[int(table["accuracy"].argmin())]),
        reference=None if reference is None else reference.name,
        mce=None if reference is None else mean_corruption_error(errors, reference),
        relative_mce=relative_mean_corruption_error(errors, clean, reference) if reference and has_clean else None,
        by_corruption=table,
    )


def reference_errors(frame: pd.DataFrame, name: str, source: str = "") -> ReferenceErrors:
    """Return the errors of a net as a reference for others.

    Args:
        frame: of `evaluate`, of the reference net on the same samples.
        name: which net; it stands beside every mCE.
        source: how the frame was made.
    """
    return ReferenceErrors(name, _errors(frame), _clean_error(frame), source)


def _labels(x: Array, y: Array, classes: int) -> Array:
    y = np.asarray(y)
    if y.shape != (len(x),) or not len(x):
        raise ArgumentError(f"x and y must hold as many samples, at least one. Received: {x.shape} and {y.shape}.")
    return class_labels(y, classes)


def _named(corruptions: str | Sequence[str] | None, x: Array) -> list[str]:
    if corruptions is None:
        kind = {4: "image", 3: "signal"}.get(x.ndim)
        if kind is None:
            raise ArgumentError(
                f"corruptions must be stated, such as 'signal' or 'table', for inputs of {x.ndim - 1} axis. "
                "Received: None."
            )
        return list(standard_corruptions(kind))
    names = [corruptions] if isinstance(corruptions, str) else list(corruptions)
    return [name for group in names for name in named_group(group)]


def _planned(names: Sequence[str], severities: Sequence[int] | str) -> Iterator[tuple[str, int]]:
    if isinstance(severities, str) and severities != PUBLISHED:
        raise ArgumentError(f"severities must be numbers from 1 to 5, or {PUBLISHED!r}. Received: {severities!r}.")
    for name in names:
        fixed = CORRUPTIONS.get(name).severity
        if not isinstance(severities, str):
            yield from ((name, severity) for severity in severities)
        elif fixed is None:
            yield from ((name, severity) for severity in SEVERITIES)
        else:
            yield name, fixed


def _reference_error(reference: ReferenceErrors | None, name: str, severity: int) -> tuple[str, float]:
    if reference is None:
        return "", float("nan")
    if name == CLEAN:
        return reference.name, float("nan") if reference.clean is None else reference.clean
    errors = reference.errors.get(name, ())
    fits = len(errors) == len(SEVERITIES)
    return reference.name, errors[severity - 1] if fits else float("nan")


def _clean_error(frame: pd.DataFrame) -> float:
    clean = frame.loc[frame["corruption"] == CLEAN, "error"]
    if len(clean) != 1:
        raise ArgumentError(f"frame must have one row of clean samples. Received: {len(clean)}.")
    return float(clean.iloc[0])


def _errors(frame: pd.DataFrame) -> dict[str, tuple[float, ...]]:
    corrupted = frame[frame["corruption"] != CLEAN]
    if corrupted.empty:
        raise ArgumentError("frame must have rows of corrupted samples. Received: none.")
    groups = corrupted.sort_values("severity").groupby("corruption", sort=False)
    found = {str(name): tuple(map(float, rows["error"])) for name, rows in groups}
    return {name: found[name] for name in dict.fromkeys(corrupted["corruption"])}


def _compared(
    name: str, values: Sequence[float], clean: float, reference: ReferenceErrors | None
) -> tuple[float | None, float | None]:
    if reference is None:
        return None, None
    beside = reference.errors.get(name, ())
    ce = corruption_error(values, beside)
    if reference.clean is None:
        return ce, None
    return ce, relative_corruption_error(values, clean, beside, reference.clean)
