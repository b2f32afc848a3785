"""The table that a report opens with: a row per model, dataset and place, a column per question."""

from __future__ import annotations

import pandas as pd

from nnbench.report.frames import QUALITY, by_family, where

COLUMNS = (
    "parameters",
    "flops",
    "ece",
    "pgd_accuracy",
    "ood_auroc_msp",
    "ood_auroc_energy",
    "inference_throughput",
    "training_throughput",
    "latency_p50",
    "latency_p90",
    "peak_memory",
)
"""The metrics that have a column, besides ``quality``."""

_ENDS = ("", "_low", "_high", "_interval", "_conditions")


def overview(summary: pd.DataFrame) -> pd.DataFrame:
    """Return one row per model, dataset and place, from the frame of `frames.summary`.

    Columns: the keys, ``seeds``, ``quality_metric``, ``quality_unit``, ``quality_better``; and for ``quality``
    and each of `COLUMNS`: the mean, ``…_low``, ``…_high``, ``…_interval`` (``seeds``, ``samples`` or empty) and
    ``…_conditions``.
    A number that was taken under several conditions is the mean over them, its interval the mean interval.
    """
    keys = where(summary)
    rows = _over_conditions(summary[summary["metric"].isin([*QUALITY, *COLUMNS])], keys)
    table = summary.groupby(keys)[["seeds"]].max().join(_quality(rows, keys))
    for column in COLUMNS:
        own = rows[rows["metric"] == column].set_index(keys)
        table = table.join(
            own[["mean", "low", "high", "interval", "conditions"]].set_axis([column + e for e in _ENDS], axis=1)
        )
    numbers = [c + end for c in ("quality", *COLUMNS) for end in ("", "_low", "_high")]
    return by_family(table.reset_index().astype(dict.fromkeys(numbers, float)))


def _quality(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return each model's first metric of `QUALITY`."""
    ranked = rows[rows["metric"].isin(QUALITY)].sort_values("metric", key=lambda c: c.map(QUALITY.index), kind="stable")
    chosen = ranked.drop_duplicates(keys).set_index(keys)
    names = ["quality" + e for e in (*_ENDS, "_metric", "_unit", "_better")]
    return chosen[["mean", "low", "high", "interval", "conditions", "metric", "unit", "better"]].set_axis(names, axis=1)


def _over_conditions(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    grouped = rows.groupby([*keys, "metric"], as_index=False)
    return grouped.agg(
        mean=("mean", "mean"),
        low=("low", "mean"),
        high=("high", "mean"),
        interval=("interval", "first"),
        conditions=("conditions", "; ".join),
        unit=("unit", "first"),
        better=("better", "first"),
    )
