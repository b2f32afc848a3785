"""Clean against attacked accuracy: a row per model and dataset, joined points."""

from __future__ import annotations

import pandas as pd

from nnbench.report.figures._frame import name_axes
from nnbench.report.figures._panel import Panel, row_axes
from nnbench.report.figures._rows import cut, row_labels
from nnbench.report.figures._seaborn import load_seaborn
from nnbench.report.figures._style import GRID, family_colour
from nnbench.report.formatting import plain


def robustness_panels(summary: pd.DataFrame) -> list[Panel]:
    """Return one panel: accuracy on clean samples (ring) and under attack (disc) with intervals; empty where none was.

    Args:
        summary: the frame of `frames.summary`.
    """
    pairs = clean_and_attacked(summary)
    return [_panel(part, title) for part, title in cut(pairs)]


def clean_and_attacked(summary: pd.DataFrame) -> pd.DataFrame:
    """Return a row per model, dataset, place and attack: the keys, conditions, clean, attacked, low and high."""
    keys = ["family", "model", "dataset", "recipe", "backend", "device", "precision"]
    clean = summary.loc[summary["metric"] == "accuracy", [*keys, "mean"]].rename(columns={"mean": "clean"})
    attacked = summary.loc[summary["metric"] == "pgd_accuracy", [*keys, "conditions", "mean", "low", "high"]]
    pairs = attacked.rename(columns={"mean": "attacked"}).merge(clean, on=keys)
    return pairs.sort_values(["dataset", "clean"], ascending=[True, False], ignore_index=True)


def _panel(pairs: pd.DataFrame, title: str) -> Panel:
    sns = load_seaborn()

    figure, axes, names = row_axes(row_labels(pairs))
    y, colours = list(range(len(pairs))), [family_colour(f) for f in pairs["family"]]
    axes.hlines(y, pairs["attacked"], pairs["clean"], colors=GRID, linewidth=3, zorder=1)
    axes.hlines(y, pairs["low"].clip(0), pairs["high"].clip(upper=1), colors=colours, linewidth=1.2, zorder=2)
    axes.scatter(pairs["clean"], y, s=34, facecolors="none", edgecolors=colours, linewidth=1.5, zorder=3, gid="clean")
    palette = dict(zip(pairs["family"], colours, strict=True))
    sns.scatterplot(
        x=pairs["attacked"],
        y=y,
        hue=pairs["family"],
        palette=palette,
        s=38,
        linewidth=0,
        legend=False,
        ax=axes,
        zorder=4,
    )
    axes.collections[-1].set_gid("attacked")
    axes.set_xlim(-0.02, 1.02)
    name_axes(axes, "accuracy (share)", rows=names)
    return Panel(title, figure, {"clean": _texts(pairs, "clean"), "attacked": _texts(pairs, "attacked")})


def _texts(pairs: pd.DataFrame, which: str) -> list[str]:
    under = {"clean": "clean", "attacked": "under PGD"}[which]
    return [
        f"{r['model']} on {r['dataset']}\n{plain(r[which])} {under}"
        + (f" ({r['conditions']})" if which != "clean" else "")
        for r in pairs.to_dict("records")
    ]
