"""Frames as tables in a terminal."""

from __future__ import annotations

import pandas as pd
from rich import box
from rich.table import Table
from rich.text import Text

from nnbench.report.readable import KEYS, PLACES, readable_comparison, readable_corruption_errors, readable_overview

STYLES = {"better": "green", "worse": "red", "inconclusive": "dim"}
DISPENSABLE = (
    "training/s",
    "p90",
    "OOD energy",
    "FLOPs",
    "family",
    "memory",
    "ECE",
    "OOD msp",
    "p50",
    "corrupted",
    "reliable",
    "seeds",
    "AutoAttack",
    "PGD",
)
"""Columns of the overview that a narrow terminal does without, the first first."""

_TEXT = {*KEYS, *PLACES, "metric", "conditions", "verdict", "status", "reason", "command", "reference", "worst"}
_GAP = 2


def overview_table(overview: pd.DataFrame, *, width: int | None = None) -> Table:
    """Return the frame of `overview` as a table: a row per model, dataset and place.

    Args:
        width: columns of the terminal; what matters least is left out until the table fits.
    """
    text = readable_overview(overview)
    for column in DISPENSABLE:
        if width is not None and _width(text) > width:
            text = text.drop(columns=column, errors="ignore")
    return _table(text, title="Results")


def corruption_table(errors: pd.DataFrame) -> Table:
    """Return the frame of `corruption_errors` as a table: mCE beside the reference that each row names."""
    return _table(readable_corruption_errors(errors), title="Corruption error beside a reference")


def comparison_table(comparison: pd.DataFrame) -> Table:
    """Return the frame of `compare` as a table, its verdicts coloured."""
    text = readable_comparison(comparison)
    if not text["conditions"].any():
        text = text.drop(columns="conditions")
    return _table(text, title="Candidate against baseline", styles=[STYLES.get(v, "") for v in text["verdict"]])


def failures_table(failures: pd.DataFrame) -> Table:
    """Return the frame of `frames.failures` as a table: what did not end ok, why, and how to run it again."""
    columns = ["model", "dataset", "backend", "device", "seed", "status", "reason", "command"]
    return _table(failures[columns].astype(str), title="Not ok")


def _table(frame: pd.DataFrame, *, title: str, styles: list[str] | None = None) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for column in frame.columns:
        left = column in _TEXT
        table.add_column(str(column), justify="left" if left else "right", no_wrap=not left, overflow="fold")
    for row, style in zip(frame.itertuples(index=False), styles or [""] * len(frame), strict=True):
        # Text, not str: a name may hold what rich takes for markup.
        table.add_row(*(Text(str(value)) for value in row), style=style)
    return table


def _width(text: pd.DataFrame) -> int:
    return sum(max(map(len, (str(c), *map(str, text[c])))) + _GAP for c in text.columns)
