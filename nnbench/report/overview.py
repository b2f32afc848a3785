"""The table that a report opens with: a row per model, dataset and place, a column per question."""

from __future__ import annotations

import pandas as pd

from nnbench.report.frames import QUALITY, by_family, where
from nnbench.report.ranks import NOT_FOREIGN

COLUMNS = (
    "parameters",
    "flops",
    "ece",
    "pgd_accuracy",
    "autoattack_accuracy",
    "corruption_accuracy",
    "ood_auroc_msp",
    "ood_auroc_energy",
    "inference_throughput",
    "training_throughput",
    "latency_p50",
    "latency_p90",
    "peak_memory",
)
"""The metrics that have a column, besides ``quality``."""

RELIABLE = "_reliable"
"""Ending of the metrics that say whether an attack's number is to be trusted: 1, or 0 under its flags."""

_NUMBERS = ["mean", "low", "high", "interval", "conditions"]
_ENDS = ("", "_low", "_high", "_interval", "_conditions")


def overview(summary: pd.DataFrame) -> pd.DataFrame:
    """Return one row per model, dataset and place, from the frame of `frames.summary`.

    Columns: the keys, ``seeds``, ``quality_metric``, ``quality_unit``, ``quality_better``; and for ``quality``
    and each of `COLUMNS`: the mean, ``…_low``, ``…_high``, ``…_interval`` (``seeds``, ``samples`` or empty) and
    ``…_conditions``. ``reliable`` is 1 where nothing speaks against any number under attack, else 0, and ``flags`` says
    what does.
    A number that was taken under several conditions is the mean over them, its interval the mean interval.
    """
    keys = where(summary)
    # A number for each row of the result: joins on nine columns would take most of the time.
    rows = summary.assign(at=summary.groupby(keys).ngroup())
    table = rows.drop_duplicates("at").set_index("at")[keys].assign(seeds=rows.groupby("at")["seeds"].max())
    reliable = _reliable(rows)
    rows = rows[~rows["conditions"].str.startswith(NOT_FOREIGN)]
    rows = _over_conditions(rows[rows["metric"].isin([*QUALITY, *COLUMNS])])
    table = table.join(_quality(rows))
    for column in COLUMNS:
        own = rows[rows["metric"] == column].set_index("at")
        table = table.join(own[_NUMBERS].set_axis([column + end for end in _ENDS], axis=1))
    table = table.join(reliable)
    numbers = [c + end for c in ("quality", *COLUMNS) for end in ("", "_low", "_high")]
    return by_family(table.astype(dict.fromkeys([*numbers, "reliable"], float)))


def _reliable(rows: pd.DataFrame) -> pd.DataFrame:
    """Return for each row of the overview whether all attacks are to be trusted, and what speaks against them."""
    own = rows[rows["metric"].str.endswith(RELIABLE)]
    names = own["metric"].str.removesuffix(RELIABLE)
    said = (names + ": " + own["conditions"]).where(own["mean"] < 1, "")
    flags = said.groupby(own["at"]).agg(lambda texts: "\n".join(sorted({t for t in texts if t})))
    # A part of the seeds is enough to distrust the mean.
    least = (own["mean"] >= 1).groupby(own["at"]).min().astype(float)
    return pd.DataFrame({"reliable": least, "flags": flags})


def _quality(rows: pd.DataFrame) -> pd.DataFrame:
    """Return each model's first metric of `QUALITY`."""
    ranked = rows[rows["metric"].isin(QUALITY)].sort_values("metric", key=lambda c: c.map(QUALITY.index), kind="stable")
    chosen = ranked.drop_duplicates("at").set_index("at")
    names = ["quality" + end for end in (*_ENDS, "_metric", "_unit", "_better")]
    return chosen[[*_NUMBERS, "metric", "unit", "better"]].set_axis(names, axis=1)


def _over_conditions(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.groupby(["at", "metric"], as_index=False).agg(
        mean=("mean", "mean"),
        low=("low", "mean"),
        high=("high", "mean"),
        interval=("interval", "first"),
        conditions=("conditions", "; ".join),
        unit=("unit", "first"),
        better=("better", "first"),
    )
