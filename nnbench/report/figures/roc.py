"""ROC curves: a panel per model and dataset, a line per detector, against the set that is hardest to tell apart."""

from __future__ import annotations

import pandas as pd

from nnbench.report.figures._foreign import (
    Scored,
    area,
    colours_of,
    foreign_labels,
    mean_area,
    readable_set,
    scored,
)
from nnbench.report.figures._frame import name_axes
from nnbench.report.figures._panel import Panel, small_axes
from nnbench.report.figures._style import GRID, MUTED

BASELINE = "msp"
MOST_LINES = 6
_SQUARE = (3.3, 3.1)
_REACHED = 0.95


def roc_panels(artifacts: pd.DataFrame) -> list[Panel]:
    """Return a panel per model and dataset; `artifacts` as for `scores.score_panels`."""
    found = [s for s in scored(artifacts) if _hardest(s)]
    colours = colours_of(_lines(found))
    return [_panel(s, colours) for s in found]


def roc_legend(artifacts: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return glyph, colour and name of every detector drawn."""
    found = [s for s in scored(artifacts) if _hardest(s)]
    return [("▬", colour, name) for name, colour in colours_of(_lines(found)).items()]


def _lines(found: list[Scored]) -> list[str]:
    """Return the detectors that are drawn: the baseline, and those with the largest mean area over all panels."""
    totals: dict[str, float] = {}
    for s in found:
        for name, kept in s.detectors.items():
            totals[name] = totals.get(name, 0.0) + mean_area(kept)
    best = sorted(totals, key=lambda name: (-totals[name], name))
    others = [name for name in best if name != BASELINE][: MOST_LINES - (BASELINE in best)]
    return [*([BASELINE] if BASELINE in best else []), *others]


def _hardest(s: Scored) -> str:
    """Return the foreign set with the smallest mean area over the detectors; empty where there is none."""
    every = list(s.detectors.values())
    labels = [label for label in foreign_labels(every[0]) if all(label in k["tpr"] for k in every)]
    return min(labels, key=lambda label: sum(area(k, label) for k in every), default="")


def _panel(s: Scored, colours: dict[str, str]) -> Panel:
    figure, axes = small_axes(_SQUARE)
    against = _hardest(s)
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    axes.axhline(_REACHED, color=GRID, linewidth=1.6, zorder=1)
    for name, colour in colours.items():
        kept = s.detectors.get(name)
        if kept and against in kept["tpr"]:
            axes.plot([0, *kept["fpr"]], [0, *kept["tpr"][against]], color=colour, linewidth=1.4, zorder=3)
    axes.set(xlim=(-0.01, 1.01), ylim=(0, 1.02))
    name_axes(axes, "false positive rate (share of known)", f"true positive rate · {readable_set(against)}")
    return Panel(f"{s.model} · {s.dataset}", figure)
