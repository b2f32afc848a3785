"""A heat map of detectors: a row per detector with its mean rank, a column per dataset and group of sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from nnbench.report.figures._frame import bare
from nnbench.report.figures._panel import Panel, shortened
from nnbench.report.figures._style import INK, MUTED, PAPER
from nnbench.report.formatting import plain
from nnbench.report.ranks import RANK, ranks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST = 3
"""Detectors: fewer are told apart by the figure of points."""

MOST_COLUMNS = 14
_CELL, _ROW, _NAMES, _HEAD = 0.62, 0.25, 1.55, 1.3
_SHADE = "#3a7fc8"
_WORST = 0.5


def detector_panels(summary: pd.DataFrame) -> list[Panel]:
    """Return one panel of mean AUROC over models, sets and seeds; empty for fewer than `LEAST` detectors.

    Args:
        summary: the frame of `frames.summary`.
    """
    table = ranks(summary)
    if len(table) < LEAST:
        return []
    columns = [(str(c[0]), str(c[1])) for c in table.columns]
    columns.remove(RANK)
    cut = f"The first {MOST_COLUMNS} of {len(columns)} columns" if len(columns) > MOST_COLUMNS else ""
    return [_panel(table, columns[:MOST_COLUMNS], cut)]


def _panel(table: pd.DataFrame, columns: list[tuple[str, str]], title: str) -> Panel:
    from matplotlib.figure import Figure

    width, height = _NAMES + _CELL * (len(columns) + 1), _HEAD + _ROW * len(table) + 0.08
    figure = Figure(figsize=(max(width, 3.6), height))
    axes = figure.add_axes((_NAMES / width, 0.08 / height, 1 - _NAMES / width, _ROW * len(table) / height))
    bare(axes)
    axes.set(xlim=(-0.5, len(columns) + 0.5), ylim=(len(table) - 0.5, -0.5))
    for spine in axes.spines.values():
        spine.set_visible(False)
    _shade(axes, table, columns)
    _write(axes, table, columns)
    return Panel(title, figure, {"cells": _texts(table, columns)})


def _shade(axes: Axes, table: pd.DataFrame, columns: list[tuple[str, str]]) -> None:
    """Fill each cell the more the further its area is above chance; the page's paper shows through."""
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import to_rgba

    corners, colours = [], []
    for y in range(len(table)):
        for x, column in enumerate(columns):
            value = float(table[column].iloc[y])
            strength = 0.0 if value != value else min(max((value - _WORST) / (1 - _WORST), 0.0), 1.0)
            corners.append([(x - 0.5, y - 0.5), (x + 0.5, y - 0.5), (x + 0.5, y + 0.5), (x - 0.5, y + 0.5)])
            colours.append(to_rgba(_SHADE, 0.04 + 0.5 * strength**1.5))
    cells = PolyCollection(corners, facecolors=colours, edgecolors=PAPER, linewidths=1.2, gid="cells")
    axes.add_collection(cells)


def _write(axes: Axes, table: pd.DataFrame, columns: list[tuple[str, str]]) -> None:
    text = axes.text
    best = {c: table[c].max() for c in columns}
    for y, name in enumerate(table.index):
        text(-0.62, y, shortened(str(name), 22), ha="right", va="center", color=INK)
        for x, column in enumerate(columns):
            value = float(table[column].iloc[y])
            if value == value:
                weight = "bold" if value == best[column] else "normal"
                text(x, y, plain(value), ha="center", va="center", color=INK, fontweight=weight)
        rank = float(table[RANK].iloc[y])
        text(len(columns) + 0.35, y, "–" if rank != rank else f"{rank:.1f}", ha="right", va="center", color=INK)
    for x, (dataset, group) in enumerate(columns):
        name = shortened(dataset, 20)
        text(x - 0.1, -0.68, f"{name} · {group}" if group else name, rotation=38, ha="left", va="bottom", color=MUTED)
    text(len(columns) - 0.1, -0.68, "mean rank", rotation=38, ha="left", va="bottom", color=INK)


def _texts(table: pd.DataFrame, columns: list[tuple[str, str]]) -> list[str]:
    texts = []
    for name, row in table.iterrows():
        for dataset, group in columns:
            value = float(row[dataset, group])
            shown = "not measured" if value != value else f"AUROC {plain(value)}"
            texts.append(f"{name} on {dataset}{', ' + group if group else ''}\n{shown}")
    return texts
