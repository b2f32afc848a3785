"""Accuracy by strength of attack: a panel per dataset and attack, a line per model."""

from __future__ import annotations

import pandas as pd

from nnbench.report.figures._frame import name_axes
from nnbench.report.figures._labels import label_ends
from nnbench.report.figures._panel import Panel, small_axes
from nnbench.report.figures._style import family_colour
from nnbench.report.frames import varying

ENDING = "_curve"
MOST = 9
_STRENGTH = r"(?P<unit>eps|edits)=(?P<strength>[-+.\deE]+)"
_DASHES = ("-", (0, (4, 2)), (0, (1, 1.5)), (0, (5, 1.5, 1, 1.5)))
_KEYS = ["model", "recipe", "backend", "device", "precision"]


def curve_panels(summary: pd.DataFrame) -> list[Panel]:
    """Return a panel per dataset and attack with lines that fall with the strength; empty where none was measured.

    Args:
        summary: the frame of `frames.summary`.
    """
    rows = strengths(summary)
    groups = [(f"{dataset} · {attack}", g) for (dataset, attack), g in rows.groupby(["dataset", "attack"], sort=False)]
    groups.sort(key=lambda g: -g[1]["model"].nunique())
    return [_panel(title, group) for title, group in groups[:MOST]]


def strengths(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of curves with attack, strength, unit (``eps`` or ``edits``), norm, and line (the label)."""
    rows = summary[summary["metric"].str.endswith(ENDING)]
    found = rows["conditions"].str.extract(_STRENGTH)
    rows = rows.assign(
        attack=rows["metric"].str.removesuffix(ENDING),
        unit=found["unit"],
        strength=pd.to_numeric(found["strength"], errors="coerce"),
        norm=rows["conditions"].str.split(" ").str[0],
    )
    rows = rows[rows["strength"].notna()]
    several = rows.groupby(["model", "dataset", "attack", "strength"])["mean"].transform("size") > 1
    further = rows["recipe"] if varying(rows[several], ["recipe"]) else rows["backend"]
    return rows.assign(line=rows["model"].where(~several, rows["model"] + " " + further))


def _panel(title: str, rows: pd.DataFrame) -> Panel:
    figure, axes = small_axes(right=0.24)
    ends: list[tuple[float, str, str]] = []
    seen: dict[str, int] = {}
    for _, group in rows.groupby(_KEYS, sort=False):
        line, family = str(group["line"].iloc[0]), str(group["family"].iloc[0])
        group, colour = group.sort_values("strength"), family_colour(family)
        dash = _DASHES[seen.setdefault(family, 0) % len(_DASHES)]
        seen[family] += 1
        axes.plot(group["strength"], group["mean"], color=colour, linewidth=1.5, linestyle=dash, marker="o", ms=2.5)
        low, high = group["low"].clip(0), group["high"].clip(upper=1)
        axes.fill_between(group["strength"], low, high, color=colour, alpha=0.12, linewidth=0)
        ends.append((float(group["mean"].iloc[-1]), line, colour))
    axes.set_ylim(-0.02, 1.02)
    axes.margins(x=0.02)
    heights, names, colours = zip(*ends, strict=True)
    label_ends(axes, heights, names, colours)
    edits = rows["unit"].iloc[0] == "edits"
    across = "edits (count)" if edits else f"radius ε in {rows['norm'].iloc[0]} (units of the input)"
    name_axes(axes, across, "accuracy (share)", whole=edits)
    return Panel(title, figure)
