"""Where the time goes: a stacked bar of phases per model and dataset."""

from __future__ import annotations

import pandas as pd

from nnbench.report.figures._frame import name_axes
from nnbench.report.figures._panel import Panel, row_axes
from nnbench.report.figures._rows import cut, row_labels

PHASES = {
    "time_build": ("build", "#6a70d6"),
    "time_data": ("data", "#1797a6"),
    "time_first_step": ("first step", "#d64a64"),
    "time_warmup": ("warm-up", "#e0a526"),
    "time_steady": ("steady training", "#3a7fc8"),
    "time_evaluation": ("evaluation", "#2e9d72"),
    "time_import": ("import", "#b9c0cb"),
}
"""Metric to name and colour. An attempt goes through them in this order, but for the import, which comes first: it is
the worker's, and drawn last so that what is the model's own starts at zero."""

_THICKNESS = 11
_KEYS = ["family", "model", "dataset", "recipe", "backend", "device", "precision"]


def phase_panels(summary: pd.DataFrame) -> list[Panel]:
    """Return one panel of the mean seconds that an attempt spends in each phase; empty where none was measured.

    Args:
        summary: the frame of `frames.summary`.
    """
    rows = summary[summary["metric"].isin(PHASES)]
    if rows.empty:
        return []
    table = rows.pivot_table(index=_KEYS, columns="metric", values="mean", sort=False).reset_index().fillna(0.0)
    own = [p for p in PHASES if p in table and p != "time_import"]
    total = table[own].sum(axis=1)
    table = table.loc[total.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)
    return [_panel(part, title) for part, title in cut(table)]


def _panel(table: pd.DataFrame, title: str) -> Panel:
    figure, axes, names = row_axes(row_labels(table))
    left = pd.Series(0.0, index=table.index)
    for metric, (_, colour) in PHASES.items():
        if metric in table:
            right = left + table[metric]
            # Lines: one artist a phase, where bars are one a model and phase, and ten times as slow.
            axes.hlines(range(len(table)), left, right, colors=colour, linewidth=_THICKNESS, capstyle="butt")
            left = right
    axes.set_xlim(0, max(float(left.max()), 1e-9) * 1.02)
    name_axes(axes, "time (s)", rows=names)
    return Panel(title, figure)
