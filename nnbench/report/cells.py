"""The page's main table: which columns, and what stands in each cell."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nnbench.report.figures import family_colour
from nnbench.report.formatting import NOTHING, half_width, number
from nnbench.report.frames import not_applicable, varying
from nnbench.report.readable import METRICS, SHARES, UNITS, cell
from nnbench.report.stored import Stored

Row = Mapping[Hashable, Any]
_SYMBOLS = {"linf": "ℓ∞", "l2": "ℓ₂", "l1": "ℓ₁"}


@dataclass(frozen=True)
class Cell:
    """Text, a second line, what it is sorted by (empty: the text), and a tooltip.

    `colour` marks a family; `bar` holds value, low and high as percentages of a track from 0 to 1.
    """

    text: str
    note: str = ""
    value: str = ""
    tooltip: str = ""
    colour: str = ""
    bar: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Column:
    """A heading, its second line, what a row shows under it, and whether a click first sorts the largest to the top."""

    title: str
    note: str
    cell: Callable[[Row], Cell]
    numeric: bool = True
    descending: bool = False
    needs: str = ""


@dataclass(frozen=True)
class OverviewTable:
    """Headings and rows of the main table."""

    columns: list[Column]
    rows: list[list[Cell]]


def overview_cells(stored: Stored) -> OverviewTable:
    """Return the main table, without the columns that would be empty."""
    overview = stored.overview
    reasons = _reasons(stored.frame)
    columns = [c for c in _columns(overview, reasons) if not c.needs or overview[c.needs].notna().any()]
    return OverviewTable(columns, [[c.cell(row) for c in columns] for row in overview.to_dict("records")])


def _columns(overview: pd.DataFrame, reasons: Mapping[tuple[str, str], str]) -> Iterator[Column]:
    further = varying(overview, ["suite", "profile", "recipe", "precision"])
    yield Column("Model", "", lambda r: Cell(str(r["model"]), " · ".join(str(r[k]) for k in further)), numeric=False)
    yield Column("Family", "", lambda r: Cell(str(r["family"]), colour=family_colour(str(r["family"]))), numeric=False)
    yield Column("Dataset", "", lambda r: Cell(str(r["dataset"])), numeric=False)
    yield Column("Backend", "device", lambda r: Cell(str(r["backend"]), str(r["device"])), numeric=False)
    yield Column("Seeds", "", lambda r: Cell(str(r["seeds"]), value=str(r["seeds"])))
    for title, note, key, second, descending in _NUMBERS:
        yield Column(title, note, _number_cell(key, second, reasons), True, descending, key)
        if key == _ATTACKED[-1]:
            yield Column("Reliable", "attacks", _reliable_cell, numeric=False, needs="reliable")


_NUMBERS = (
    ("Parameters", "", "parameters", "", False),
    ("FLOPs", "", "flops", "", False),
    ("Quality", "95 % interval", "quality", "", True),
    ("ECE", "", "ece", "", False),
    ("Attacked", "PGD accuracy", "pgd_accuracy", "", True),
    ("AutoAttack", "accuracy", "autoattack_accuracy", "", True),
    ("Corrupted", "mean accuracy", "corruption_accuracy", "", True),
    ("OOD MSP", "AUROC", "ood_auroc_msp", "", True),
    ("OOD energy", "AUROC", "ood_auroc_energy", "", True),
    ("Inference", "samples/s", "inference_throughput", "training_throughput", True),
    ("Latency", "p50", "latency_p50", "latency_p90", False),
    ("Memory", "peak", "peak_memory", "", False),
)
"""Heading, its second line, column of the overview, the column of the cell's second line, largest first."""

_ATTACKED = ("pgd_accuracy", "autoattack_accuracy")
_SHARES = (*_ATTACKED, "corruption_accuracy")
_UNDER_CONDITIONS = (*_ATTACKED, "ood_auroc_msp", "ood_auroc_energy")
_UNBROKEN = "\N{NO-BREAK SPACE}"
_SECOND = {"training_throughput": "train", "latency_p90": "p90"}


def _number_cell(key: str, second: str, reasons: Mapping[tuple[str, str], str]) -> Callable[[Row], Cell]:
    def make(row: Row) -> Cell:
        value = row[key]
        if value is None or math.isnan(value):
            return Cell(NOTHING, tooltip=reasons.get((str(row["model"]), key), "not measured"))
        metric = str(row["quality_metric"]) if key == "quality" else key
        low, high = row[f"{key}_low"], row[f"{key}_high"]
        share = metric in SHARES or key in _SHARES
        half = half_width(low, high) if share or key == "quality" else ""
        return Cell(
            f"{cell(value, metric)} {half}".rstrip(),
            _note(row, key, second, metric),
            repr(float(value)),
            _tooltip(row, key, metric),
            bar=_bar(value, low, high) if share else None,
        )

    return make


def _reliable_cell(row: Row) -> Cell:
    """Return whether the numbers under attack are to be trusted; the tooltip says what speaks against them."""
    if math.isnan(row["reliable"]):
        return Cell(NOTHING, tooltip="no attack was made")
    flags = str(row["flags"])
    return Cell("no", flags.partition("\n")[0], tooltip=flags) if row["reliable"] < 1 else Cell("yes")


def _note(row: Row, key: str, second: str, metric: str) -> str:
    """Return a cell's second line; what else is known of a number is in its tooltip."""
    if key == "quality":
        return METRICS.get(metric, metric)
    if second:
        text = f"{_SECOND[second]} {cell(row[second], second)}" if not math.isnan(row[second]) else ""
        return text.replace(" ", _UNBROKEN)
    if key not in _UNDER_CONDITIONS:
        return ""
    sets = _brief(str(row[f"{key}_conditions"])).split("; ")
    return sets[0] if len(sets) == 1 else f"{len(sets)} sets"


def _brief(conditions: str) -> str:
    """Return ``linf eps=0.1 steps=20`` as ``ℓ∞ ε=0.1``, and ``shift:uniform_noise`` as ``uniform noise``."""
    words = [w for w in conditions.replace("shift:", "").replace("_", " ").split(" ") if not w.startswith("steps=")]
    return " ".join(_SYMBOLS.get(w, w.replace("eps=", "ε=")) for w in words)


def _tooltip(row: Row, key: str, metric: str) -> str:
    unit = str(row["quality_unit"]) if key == "quality" else UNITS.get(key, "1")
    low, high, kind = row[f"{key}_low"], row[f"{key}_high"], row[f"{key}_interval"]
    exact = number(row[key], unit, metric)
    if unit not in ("1", "s", "bit", "nat"):
        exact = f"{row[key]:,.0f} {unit}"
    lines = [exact]
    if not math.isnan(low) and not math.isnan(high) and low < high:
        over = f"over {row['seeds']} seeds" if kind == "seeds" else "of one run's samples"
        lines.append(f"95 % interval {over}: {number(low, unit, metric)} … {number(high, unit, metric)}")
    return "\n".join([*lines, str(row[f"{key}_conditions"])]).strip()


def _bar(value: float, low: float, high: float) -> tuple[float, float, float]:
    ends = (value, value if math.isnan(low) else low, value if math.isnan(high) else high)
    middle, left, right = (round(100 * min(max(e, 0.0), 1.0), 2) for e in ends)
    return middle, left, right


def _reasons(frame: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Return why a model lacks a metric, by model and metric."""
    return {
        (model, metric): f"not applicable: {r['reason']}"
        for r in not_applicable(frame).to_dict("records")
        for model in str(r["models"]).split(", ")
        for metric in str(r["metrics"]).split(", ")
    }
