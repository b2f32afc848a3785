"""Frames of numbers turned into frames of text, for terminals and Markdown."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from nnbench.report.formatting import NOTHING, half_width, number
from nnbench.report.frames import QUALITY, varying
from nnbench.report.overview import COLUMNS

UNITS = {
    "flops": "FLOP",
    "inference_throughput": "samples/s",
    "training_throughput": "samples/s",
    "latency_p50": "s",
    "latency_p90": "s",
    "peak_memory": "bytes",
}
"""Units of the columns of an overview; the others are pure numbers."""

TITLES = {
    "parameters": "parameters",
    "flops": "FLOPs",
    "ece": "ECE",
    "pgd_accuracy": "PGD",
    "autoattack_accuracy": "AutoAttack",
    "corruption_accuracy": "corrupted",
    "ood_auroc_msp": "OOD msp",
    "ood_auroc_energy": "OOD energy",
    "inference_throughput": "inference/s",
    "training_throughput": "training/s",
    "latency_p50": "p50",
    "latency_p90": "p90",
    "peak_memory": "memory",
}
"""Short headings of the columns of an overview; throughputs are samples per second."""

RELIABLE = "reliable"
"""Heading of the column that says whether the numbers under attack are to be trusted."""

CORRUPTION_TITLES = {"clean": "clean", "corrupted": "corrupted", "mce": "mCE", "relative_mce": "relative mCE"}
"""Headings of the numbers of `corruption_errors`."""

METRICS = {
    "accuracy": "accuracy",
    "r2": "R²",
    "bits_per_character": "bits/char",
    "high_quality_share": "high quality",
    "modes_covered": "modes",
    "rmse": "RMSE",
    "energy_distance": "energy distance",
}
"""Short names of the metrics of quality."""

SHARES = ("accuracy", "high_quality_share")
"""Metrics of quality that lie between 0 and 1."""

KEYS = ["family", "model", "dataset"]
PLACES = ["recipe", "profile", "backend", "device", "precision"]


def headline(comparison: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a comparison that most people look for: quality, cost and trust, not every phase."""
    return comparison[comparison["metric"].isin([*QUALITY, *COLUMNS])]


def readable_comparison(comparison: pd.DataFrame) -> pd.DataFrame:
    """Return the frame of `compare` as text; the interval of the difference stands in one column."""
    rows = comparison.to_dict("records")
    keys = [c for c in comparison if c in (*KEYS, *PLACES, "metric", "conditions")]
    text = comparison[keys].astype(str)
    for column in ("baseline", "candidate"):
        text[column] = [number(r[column], r["unit"], r["metric"]) for r in rows]
    text["difference"] = [_signed(r["difference"], r["unit"], r["metric"]) for r in rows]
    text["interval"] = [_interval(r["low"], r["high"], r["unit"], r["metric"]) for r in rows]
    text["ratio"] = [number(r["ratio"]) for r in rows]
    return text.assign(n=comparison["n"].astype(str), verdict=comparison["verdict"])


def readable_overview(overview: pd.DataFrame) -> pd.DataFrame:
    """Return the frame of `overview` as text, without the columns that hold nothing and the places that are all one."""
    rows = overview.to_dict("records")
    text = overview[KEYS + varying(overview, PLACES)].astype(str)
    text["seeds"] = overview["seeds"].astype(str)
    text["quality"] = [_quality(r) for r in rows]
    text["metric"] = overview["quality_metric"].map(lambda m: METRICS.get(m, m)).fillna("")
    for column in COLUMNS:
        if overview[column].notna().any():
            text[TITLES[column]] = [cell(r[column], column) for r in rows]
    if overview["reliable"].notna().any():
        text[RELIABLE] = overview["reliable"].map({1.0: "yes", 0.0: "no"}).fillna(NOTHING)
    return text


def readable_corruption_errors(errors: pd.DataFrame) -> pd.DataFrame:
    """Return the frame of `corruption_errors` as text, without the places that are all one."""
    rows = errors.to_dict("records")
    text = errors[["model", "dataset", *varying(errors, PLACES), "reference"]].astype(str)
    for column, title in CORRUPTION_TITLES.items():
        text[title] = [_with_half(r, column) for r in rows]
    text["worst"] = [f"{r['worst']} {number(r['worst_accuracy'])}" for r in rows]
    return text


def cell(value: float, column: str) -> str:
    """Return a number of the overview as text; samples per second and FLOP stand in the heading."""
    text = number(value, UNITS.get(column, "1"), column).removesuffix(" samples/s")
    return text.removesuffix("FLOP").replace(" ", "") if column == "flops" else text


def _quality(row: Mapping[Hashable, Any]) -> str:
    return _with_half(row, "quality", str(row["quality_metric"]))


def _with_half(row: Mapping[Hashable, Any], column: str, metric: str = "") -> str:
    """Return a number and half of its interval, whose ends stand in ``…_low`` and ``…_high``."""
    half = half_width(row[f"{column}_low"], row[f"{column}_high"])
    return f"{number(row[column], metric=metric)} {half}".rstrip()


def _signed(value: float, unit: str, metric: str) -> str:
    text = number(value, unit, metric)
    return f"+{text}" if value > 0 and any(c in text for c in "123456789") else text


def _interval(low: float, high: float, unit: str, metric: str) -> str:
    if pd.isna(low) or pd.isna(high):
        return NOTHING
    return f"{number(low, unit, metric)} … {number(high, unit, metric)}"
