"""mCE and relative mCE from stored accuracies, each against a net of the same results that the row names.

The quotients are those of `nnbench.core.corruption_error` (Hendrycks & Dietterich 2019). The paper divides by AlexNet
on ImageNet-C, which says nothing about other data; here another net on the same samples takes its place. Errors are
means over the severities, which leaves the quotients what they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nnbench.core.corruption_error import (
    Errors,
    ReferenceErrors,
    mean_corruption_error,
    relative_mean_corruption_error,
)
from nnbench.core.errors import ArgumentError
from nnbench.core.measurement import LOWER
from nnbench.core.registry import did_you_mean
from nnbench.report.frames import measured, where

MCE, RELATIVE_MCE = "mce", "relative_mce"
CORRUPTED, BY_KIND, CLEAN = "corruption_accuracy", "corruption_accuracy_by_kind", "corruption_clean_accuracy"
AGAINST = "against "
"""Beginning of the conditions of both metrics; the reference's name follows."""

NO_CLEAN = "relative mCE needs the clean accuracy of the corrupted samples, which these results lack"

_NET = ("family", "model", "recipe")


def with_corruption_errors(frame: pd.DataFrame, references: Sequence[str] = ()) -> pd.DataFrame:
    """Return `frame` with rows ``mce`` and ``relative_mce`` after it, for nets that were measured under corruptions.

    Nets are compared within a suite, dataset and place, and only if they met the same corruptions. The reference is the
    first of `references` that is among them, else the smallest net for which both numbers are defined: one that every
    corruption harms. Its errors are means over its seeds. A net on its own has no reference, and gets no row.

    Args:
        frame: of `load_results` or `load_report_frame`.
        references: models, as `frame` names them.

    Raises:
        ArgumentError: a reference that no net under corruptions is called.
    """
    attempts = _attempts(frame)
    _check(references, attempts)
    nets = [c for c in where(frame) if c in _NET]
    groups = attempts.groupby([*(c for c in where(frame) if c not in _NET), "kinds"], sort=False)
    rows = [row for _, group in groups for row in _rows(group, list(_nets(group, nets)), references)]
    if not rows:
        return frame
    columns = [c for c in frame.columns if c in rows[0]]
    derived = pd.DataFrame(rows)[columns].astype({c: frame[c].dtype for c in columns})
    return pd.concat([frame, derived], ignore_index=True)


def corruption_errors(summary: pd.DataFrame) -> pd.DataFrame:
    """Return nets beside their references, from the frame of `frames.summary` after `with_corruption_errors`.

    By dataset, the net of the lowest mCE first.
    Columns: the keys, reference, seeds, clean and corrupted (accuracies on the same samples), mce with mce_low and
    mce_high (over seeds, the reference's errors held fixed), relative_mce likewise, worst (the corruption of the lowest
    accuracy) and worst_accuracy. What was not measured is NaN.
    """
    keys = where(summary)
    rows = summary[summary["metric"] == MCE]
    table = rows[[*keys, "seeds"]].assign(reference=rows["conditions"].str.removeprefix(AGAINST))
    for name, metric in (("clean", CLEAN), ("corrupted", CORRUPTED), (MCE, MCE), (RELATIVE_MCE, RELATIVE_MCE)):
        own = summary.loc[summary["metric"] == metric, [*keys, "mean", "low", "high"]]
        table = table.merge(own.set_axis([*keys, name, f"{name}_low", f"{name}_high"], axis=1), on=keys, how="left")
    kinds = summary[summary["metric"] == BY_KIND].sort_values("mean", kind="stable").drop_duplicates(keys)
    worst = kinds[[*keys, "conditions", "mean"]].set_axis([*keys, "worst", "worst_accuracy"], axis=1)
    return table.merge(worst, on=keys, how="left").sort_values(["dataset", MCE], kind="stable", ignore_index=True)


@dataclass(frozen=True)
class _Net:
    """A net's mean errors, over its seeds, as what others are divided by."""

    model: str
    parameters: float
    reference: ReferenceErrors


def _attempts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a row per attempt under corruptions: its columns, ``errors`` by kind, ``kinds``, clean, parameters."""
    rows = measured(frame)
    found = rows[rows["metric"] == BY_KIND]
    errors = {a: dict(zip(g["conditions"], 1 - g["value"], strict=True)) for a, g in found.groupby("attempt_id")}
    attempts = found.drop_duplicates("attempt_id").copy()
    attempts["errors"] = attempts["attempt_id"].map(errors.get)
    attempts["kinds"] = [", ".join(sorted(e)) for e in attempts["errors"]]
    for column, metric in (("clean", CLEAN), ("parameters", "parameters")):
        attempts[column] = attempts["attempt_id"].map(rows[rows["metric"] == metric].set_index("attempt_id")["value"])
    return attempts.assign(clean=1 - attempts["clean"])


def _check(references: Sequence[str], attempts: pd.DataFrame) -> None:
    known = sorted(set(attempts["model"]))
    for name in references:
        if name not in known:
            raise ArgumentError(
                f"reference must be a model with accuracies under corruptions: {', '.join(known) or 'there is none'}. "
                f"Received: {name!r}.{did_you_mean(name, known)}"
            )


def _nets(group: pd.DataFrame, keys: list[str]) -> Iterator[_Net]:
    models = group[keys].drop_duplicates()["model"]
    several = set(models[models.duplicated()])
    for _, seeds in group.groupby(keys, sort=False):
        first = seeds.iloc[0]
        name = f"{first['model']} ({first['recipe']})" if first["model"] in several else first["model"]
        errors = {kind: (float(np.mean([e[kind] for e in seeds["errors"]])),) for kind in first["errors"]}
        clean = float(seeds["clean"].mean())
        reference = ReferenceErrors(name, errors, None if math.isnan(clean) else clean)
        yield _Net(first["model"], float(seeds["parameters"].min()), reference)


def _rows(group: pd.DataFrame, nets: list[_Net], references: Sequence[str]) -> Iterator[dict[Any, Any]]:
    if len(nets) < 2:
        return
    reference = _chosen(nets, references).reference
    for attempt in group.to_dict("records"):
        for metric, (value, reason) in _quotients(_as_errors(attempt), attempt["clean"], reference).items():
            derived = {"metric": metric, "value": value, "reason": reason, "conditions": AGAINST + reference.name}
            yield {**attempt, **derived, "unit": "1", "better": LOWER, "low": math.nan, "high": math.nan}


def _as_errors(attempt: dict[Any, Any]) -> Errors:
    return {kind: (error,) for kind, error in attempt["errors"].items()}


def _chosen(nets: list[_Net], references: Sequence[str]) -> _Net:
    for name in references:
        for net in nets:
            if net.model == name:
                return net
    return min(nets, key=lambda net: (_undefined(net), net.parameters, net.reference.name))


def _undefined(net: _Net) -> int:
    """Return how many of the two numbers cannot be given against a net; its own stand for all."""
    own = net.reference
    return sum(bool(reason) for _, reason in _quotients(own.errors, own.clean or 0.0, own).values())


def _quotients(errors: Errors, clean: float, reference: ReferenceErrors) -> dict[str, tuple[float, str]]:
    """Return mCE and relative mCE, each with the reason why it is not defined, or an empty one."""
    missing = reference.clean is None or math.isnan(clean)
    return {
        MCE: _or_reason(lambda: mean_corruption_error(errors, reference)),
        RELATIVE_MCE: (math.nan, NO_CLEAN)
        if missing
        else _or_reason(lambda: relative_mean_corruption_error(errors, clean, reference)),
    }


def _or_reason(quotient: Callable[[], float]) -> tuple[float, str]:
    try:
        return quotient(), ""
    except ArgumentError as error:
        return math.nan, str(error)
