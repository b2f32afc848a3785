"""Out-of-distribution detection: a row per model and dataset, a point per detector and set."""

from __future__ import annotations

import pandas as pd

from nnbench.report.figures._frame import name_axes
from nnbench.report.figures._panel import Panel, row_axes
from nnbench.report.figures._rows import cut, row_labels
from nnbench.report.figures._seaborn import load_seaborn
from nnbench.report.figures._style import GLYPHS, GRID, MARKERS, MUTED, family_colour
from nnbench.report.formatting import plain
from nnbench.report.ranks import NOT_FOREIGN

PREFIX = "ood_auroc_"
_KEYS = ["family", "model", "dataset", "recipe", "backend", "device", "precision"]


def ood_panels(summary: pd.DataFrame) -> list[Panel]:
    """Return one panel: AUROC of every detector on every set, one half being chance; empty where none was measured.

    Args:
        summary: the frame of `frames.summary`.
    """
    rows = summary[summary["metric"].str.startswith(PREFIX) & ~summary["conditions"].str.startswith(NOT_FOREIGN)]
    if rows["metric"].nunique() > len(MARKERS):  # more than there are shapes: the figure of detectors shows them
        return []
    rows = rows.assign(detector=rows["metric"].str.removeprefix(PREFIX)).sort_values(
        ["dataset", "model"], kind="stable"
    )
    models = rows[_KEYS].drop_duplicates().reset_index(drop=True)
    return [_panel(rows.merge(part.assign(y=part.index), on=_KEYS), part, title) for part, title in cut(models)]


def detectors(summary: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the glyph and the name of every detector in a summary, for a legend."""
    metrics = summary["metric"].drop_duplicates()
    names = metrics[metrics.str.startswith(PREFIX)].str.removeprefix(PREFIX).sort_values(ascending=False)
    return [(GLYPHS[i % len(GLYPHS)], name) for i, name in enumerate(names)]


def _panel(rows: pd.DataFrame, models: pd.DataFrame, title: str) -> Panel:
    sns = load_seaborn()

    figure, axes, labels = row_axes(row_labels(models))
    names = [name for _, name in detectors(rows)]
    axes.axvline(0.5, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    ends = rows.groupby("y")["mean"].agg(["min", "max"])
    axes.hlines(ends.index, ends["min"], ends["max"], colors=GRID, linewidth=3, zorder=1)
    sns.scatterplot(
        rows,
        x="mean",
        y="y",
        hue="family",
        palette={f: family_colour(f) for f in rows["family"]},
        style="detector",
        markers={name: MARKERS[i % len(MARKERS)] for i, name in enumerate(names)},
        s=36,
        linewidth=0,
        legend=False,
        ax=axes,
        zorder=3,
    )
    axes.collections[-1].set_gid("auroc")
    axes.set_xlim(min(0.4, rows["mean"].min() - 0.03), 1.02)
    name_axes(axes, "AUROC (1); dashed: chance", rows=labels)
    texts = [
        f"{r['model']} on {r['dataset']}\n{r['detector']} against {r['conditions']}: {plain(r['mean'])}"
        for r in rows.to_dict("records")
    ]
    return Panel(title, figure, {"auroc": texts})
