"""Conformal sets: a row per model and dataset, the coverage of each score beside what was promised."""

from __future__ import annotations

import pandas as pd

from nnbench.report.figures._frame import name_axes
from nnbench.report.figures._panel import Panel, row_axes
from nnbench.report.figures._rows import cut, row_labels
from nnbench.report.figures._style import GLYPHS, GRID, MARKERS, MUTED, family_colour
from nnbench.report.formatting import plain

COVERAGE, SIZE = "conformal_coverage_", "conformal_set_size_"
_KEYS = ["family", "model", "dataset", "recipe", "backend", "device", "precision"]
_APART = 0.22
"""Between the marks of a row, in rows: coverages lie close, and would cover each other."""


def conformal_panels(summary: pd.DataFrame) -> list[Panel]:
    """Return one panel: coverage with its interval, the line being 1 − alpha; empty where none was measured.

    Args:
        summary: the frame of `frames.summary`.
    """
    rows = covered(summary)
    models = rows[_KEYS].drop_duplicates().reset_index(drop=True)
    return [_panel(rows.merge(part.assign(y=part.index), on=_KEYS), part, title) for part, title in cut(models)]


def covered(summary: pd.DataFrame) -> pd.DataFrame:
    """Return a row per model, dataset, place and score: the keys, score, promised, mean, low, high and size."""
    rows = summary[summary["metric"].str.startswith(COVERAGE)]
    rows = rows.assign(score=rows["metric"].str.removeprefix(COVERAGE))
    sizes = summary[summary["metric"].str.startswith(SIZE)]
    sizes = sizes.assign(score=sizes["metric"].str.removeprefix(SIZE))[[*_KEYS, "score", "mean"]]
    alpha = pd.to_numeric(rows["conditions"].str.removeprefix("alpha="), errors="coerce")
    rows = rows.assign(promised=1 - alpha)[[*_KEYS, "score", "promised", "mean", "low", "high"]]
    found = rows.merge(sizes.rename(columns={"mean": "size"}), on=[*_KEYS, "score"], how="left")
    return found.sort_values(["dataset", "model"], kind="stable", ignore_index=True)


def conformal_scores(summary: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the glyph and the name of every score in a summary, for a legend."""
    names = covered(summary)["score"].drop_duplicates()
    return [(GLYPHS[i % len(GLYPHS)], str(name)) for i, name in enumerate(sorted(names))]


def _panel(rows: pd.DataFrame, models: pd.DataFrame, title: str) -> Panel:
    figure, axes, labels = row_axes(row_labels(models))
    for promised in rows["promised"].dropna().unique():
        axes.axvline(promised, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    names = sorted(rows["score"].unique())
    tooltips = {}
    for i, name in enumerate(names):
        own = rows[rows["score"] == name]
        y = own["y"] + _APART * (i - (len(names) - 1) / 2)
        colours = [family_colour(f) for f in own["family"]]
        axes.hlines(y, own["low"].clip(0, 1), own["high"].clip(0, 1), colors=GRID, linewidth=2.2, zorder=2)
        marker = MARKERS[i % len(MARKERS)]
        axes.scatter(own["mean"], y, c=colours, s=22, linewidth=0, marker=marker, zorder=3, gid=name)
        tooltips[name] = [_text(r) for r in own.to_dict("records")]
    axes.set_xlim(max(0.0, min(0.7, float(rows["mean"].min()) - 0.03)), 1.01)
    name_axes(axes, "coverage (share); dashed: promised", rows=labels)
    return Panel(title, figure, tooltips)


def _text(row: dict[object, object]) -> str:
    mean, size = float(str(row["mean"])), float(str(row["size"]))
    return f"{row['model']} on {row['dataset']}\n{row['score']}: coverage {plain(mean)}, {plain(size)} classes a set"
