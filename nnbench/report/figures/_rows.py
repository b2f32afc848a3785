"""Charts with a row per model: what rows are called, and how many one chart takes."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from nnbench.report.frames import varying

MOST_ROWS = 40
_APART = ["recipe", "backend", "device", "precision", "conditions"]


def row_labels(rows: pd.DataFrame) -> list[str]:
    """Return ``model · dataset`` for each row, and what else tells the rows apart."""
    names = rows.groupby(["model", "dataset"])
    repeated = rows[names["model"].transform("size") > 1]
    further = varying(repeated, _APART)
    parts = ["model", "dataset", *further]
    return [" · ".join(str(r[p]) for p in parts if r[p] != "") for r in rows.to_dict("records")]


def cut(rows: pd.DataFrame) -> Iterator[tuple[pd.DataFrame, str]]:
    """Yield `rows` as one part that a chart can hold, and a title that says what is left out. Nothing for no rows."""
    if len(rows):
        yield rows.head(MOST_ROWS), f"The first {MOST_ROWS} of {len(rows)}" if len(rows) > MOST_ROWS else ""
