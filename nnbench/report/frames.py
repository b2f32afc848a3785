"""Steps from the tidy frame of `load_results` to the frames that reports show. Each takes a frame and returns one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import numpy as np
import pandas as pd

from nnbench.core.model import FAMILIES
from nnbench.report.statistics import half_width

WHERE = ["suite", "profile", "family", "model", "dataset", "recipe", "backend", "device", "precision"]
"""What attempts share that are replicates of each other."""

QUALITY = ("accuracy", "r2", "bits_per_character", "high_quality_share", "modes_covered", "rmse", "energy_distance")
"""The metric that stands for a model's quality on a dataset: the first of these that was measured."""


def where(frame: pd.DataFrame) -> list[str]:
    """Return the columns of `WHERE` that `frame` has."""
    return [c for c in WHERE if c in frame]


def varying(frame: pd.DataFrame, columns: Iterable[str]) -> list[str]:
    """Return those of `columns` in which the rows of `frame` differ."""
    return [c for c in columns if c in frame and len(frame[c].drop_duplicates()) > 1]


def measured(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with a value of attempts that ended ok; of equal cases, those of the newest attempt."""
    rows = frame[(frame["status"] == "ok") & frame["value"].notna()]
    return rows.drop_duplicates([*where(frame), "seed", "metric", "conditions"], keep="last")


def wide(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per attempt: its keys, status and reason, and a column per metric.

    A metric that was taken under several conditions has a column for each, ``metric [conditions]``.
    """
    keys = [c for c in frame.columns if c in ("attempt_id", "case_id", *WHERE, "seed", "status")]
    attempts = frame[keys].drop_duplicates("attempt_id").set_index("attempt_id")
    rows = frame[frame["metric"].notna() & frame["value"].notna()]
    several = rows.groupby("metric")["conditions"].agg(lambda c: len(set(c)) > 1)
    named = rows["metric"].where(
        ~rows["metric"].map(several).astype(bool), rows["metric"] + " [" + rows["conditions"] + "]"
    )
    table = rows.assign(name=named).pivot_table(index="attempt_id", columns="name", values="value", sort=True)
    reasons = _reasons(frame)
    return attempts.join(reasons).join(table).rename_axis(columns=None).reset_index()


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per model, dataset, place and metric, over the seeds.

    Columns: those of `WHERE`, then metric, conditions, unit, better, seeds (how many), mean, std, low, high, and
    ``interval``: ``seeds`` (t interval over two or more), ``samples`` (one seed: the measurement's own), or empty.
    """
    rows = measured(frame)
    keys = [*where(frame), "metric", "conditions"]
    named = {"unit": ("unit", "first"), "better": ("better", "first"), "seeds": ("value", "size")}
    numbers = {"mean": ("value", "mean"), "std": ("value", "std"), "low": ("low", "first"), "high": ("high", "first")}
    # An infinite value, such as a perplexity that overflowed, has no spread.
    with np.errstate(invalid="ignore"):
        table = rows.groupby(keys, sort=False, as_index=False).agg(**named, **numbers)
    several = table["seeds"] > 1
    own = table["low"].notna() & table["high"].notna()
    half = half_width(table["std"].to_numpy(float), table["seeds"].to_numpy(float))
    ends = {
        "low": table["low"].where(~several, table["mean"] - half),
        "high": table["high"].where(~several, table["mean"] + half),
    }
    kind = np.select([several, own], ["seeds", "samples"], default="")
    return by_family(table.assign(**ends, interval=kind))


def failures(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per attempt that did not end ok: keys, seed, status, reason, and the command to run it again."""
    lost = frame[frame["status"] != "ok"]
    keys = ["attempt_id", "case_id", *where(frame), "seed", "status"]
    rows = lost[keys].drop_duplicates("attempt_id").set_index("attempt_id").join(_reasons(lost)).reset_index()
    return rows.assign(command="nnbench run --case " + rows["case_id"].astype(str))


def not_applicable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per reason why something was not measured: reason, metrics, models and n (attempts)."""
    rows = frame[(frame["status"] == "ok") & frame["metric"].notna() & frame["value"].isna() & (frame["reason"] != "")]
    found = [
        (reason, _names(g["metric"]), _names(g["model"]), g["attempt_id"].nunique())
        for reason, g in rows.groupby("reason")
    ]
    return pd.DataFrame(found, columns=["reason", "metrics", "models", "n"])


def published(summary: pd.DataFrame) -> pd.DataFrame:
    """Return published numbers beside ours, from the frame of `summary`.

    Columns: those of `WHERE`, then metric, published, source, mean, low, high, seeds, difference (measured minus
    published) and ``within``: whether the published number lies in our interval. The number is one of the metric that
    its source names first (``accuracy: …``), else of the model's quality.
    """
    keys = where(summary)
    rows = [
        (*at, *line)
        for at, group in summary.groupby(keys, sort=False)
        if isinstance(at, tuple)
        for line in _published_beside(group.set_index("metric"))
    ]
    columns = [*keys, "metric", "published", "source", "mean", "low", "high", "seeds", "difference", "within"]
    return pd.DataFrame(rows, columns=columns)


def by_family(frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` sorted by family, in the order of `FAMILIES`, then dataset and model."""
    order = {name: str(i).zfill(3) for i, name in enumerate(FAMILIES)}
    keys = [c for c in ("family", "dataset", "model", "backend", "device") if c in frame]
    return frame.sort_values(
        keys, key=lambda c: c.map(lambda v: order.get(v, f"~{v}")), kind="stable", ignore_index=True
    )


def _reasons(frame: pd.DataFrame) -> pd.Series[str]:
    """Return each attempt's own reason; a row whose value is missing may carry its measurement's instead."""
    own = frame[frame["metric"].isna() | frame["value"].notna()]
    found = own.drop_duplicates("attempt_id").set_index("attempt_id")["reason"]
    return found.reindex(frame["attempt_id"].unique(), fill_value="").rename("reason")


def _published_beside(group: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    """Yield metric, published, source, mean, low, high, seeds, difference, within for each number of one model."""
    for value, conditions in group.loc[group.index == "published", ["mean", "conditions"]].itertuples(index=False):
        named, colon, rest = conditions.partition(":")
        metric, source = (
            (named, rest.strip()) if colon and named in group.index else (_quality(group.index), conditions)
        )
        if metric is not None:
            ours = group[group.index == metric].iloc[0]
            within = bool(ours["low"] <= value <= ours["high"])
            yield (metric, value, source, *ours[["mean", "low", "high", "seeds"]], ours["mean"] - value, within)


def _quality(metrics: Collection[str]) -> str | None:
    return next((m for m in QUALITY if m in metrics), None)


def _names(values: pd.Series[str]) -> str:
    return ", ".join(sorted(values.unique()))
