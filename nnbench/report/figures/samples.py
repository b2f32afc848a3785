"""What generators make: points over the true ones, images beside real ones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nnbench.report.figures._frame import name_axes
from nnbench.report.figures._panel import Panel, small_axes
from nnbench.report.figures._seaborn import load_seaborn
from nnbench.report.figures._style import MUTED, family_colour

MOST, MOST_POINTS, COLUMNS, ROWS = 6, 400, 8, 4
_SQUARE, _HEADING = (3.4, 3.4), 0.3


def sample_panels(artifacts: pd.DataFrame) -> list[Panel]:
    """Return a panel per generator and dataset: samples of its first seed, over or beside real ones.

    Args:
        artifacts: one row per artifact: family, model, dataset, seed, name, values. Those named ``generated`` hold
            ``samples`` and ``real`` (n, 2) of kind ``points`` or (n, height, width, channels) in [0, 1] of kind
            ``image``; others are left out.
    """
    rows = artifacts[artifacts["name"] == "generated"].sort_values("seed", kind="stable")
    rows = rows.drop_duplicates(["model", "dataset"]).head(MOST)
    return [
        p
        for r in rows.to_dict("records")
        for p in _drawn(f"{r['model']} · {r['dataset']}", str(r["family"]), r["values"])
    ]


def mosaic(images: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the first images (n, height, width, channels) as one, `COLUMNS` to a row, a pixel apart; gaps are NaN.

    The result has three axes, the last as long as that of the images.
    """
    n, height, width, channels = images.shape
    columns = min(COLUMNS, n)
    rows = min(ROWS, math.ceil(n / columns))
    sheet = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1, channels), np.nan)
    for i in range(min(n, rows * columns)):
        top, left = (i // columns) * (height + 1), (i % columns) * (width + 1)
        sheet[top : top + height, left : left + width] = images[i]
    return sheet


def _drawn(title: str, family: str, values: dict[str, Any]) -> Iterator[Panel]:
    made, real = (np.asarray(values.get(k, ()), dtype=float) for k in ("samples", "real"))
    if values.get("kind") == "points" and made.ndim == 2 and made.shape[1] >= 2:
        yield _points(title, family, made, real)
    elif values.get("kind") == "image" and _are_images(made):
        yield image_sheets(title, [("generated", np.clip(made, 0, 1)), ("real", np.clip(real, 0, 1))])


def _points(title: str, family: str, made: npt.NDArray[Any], real: npt.NDArray[Any]) -> Panel:
    sns = load_seaborn()

    figure, axes = small_axes(_SQUARE)
    for points, colour, size in ((real, MUTED, 14), (made, family_colour(family), 7)):
        if points.ndim == 2 and len(points):
            part = points[:MOST_POINTS]
            sns.scatterplot(x=part[:, 0], y=part[:, 1], color=colour, s=size, alpha=0.5, linewidth=0, ax=axes)
    axes.set_aspect("equal", adjustable="datalim")
    name_axes(axes, "first coordinate (1)", "second coordinate (1)")
    return Panel(title, figure)


def image_sheets(title: str, named: Sequence[tuple[str, npt.NDArray[Any]]]) -> Panel:
    """Return a panel of sheets under each other, each a name and its images (n, height, width, channels) in [0, 1]."""
    from matplotlib.figure import Figure

    sheets = [(name, mosaic(x)) for name, x in named if _are_images(x)]
    heights = [_SQUARE[0] * sheet.shape[0] / sheet.shape[1] for _, sheet in sheets]
    figure = Figure(figsize=(_SQUARE[0], sum(heights) + _HEADING * len(sheets)))
    top = figure.get_figheight()
    for (name, sheet), height in zip(sheets, heights, strict=True):
        top -= height + _HEADING
        axes = figure.add_axes((0, top / figure.get_figheight(), 1, height / figure.get_figheight()))
        grey = sheet.shape[2] == 1
        axes.imshow(np.ma.masked_invalid(sheet[..., 0]) if grey else _opaque(sheet), cmap="gray", vmin=0, vmax=1)
        axes.set_axis_off()
        axes.set_title(name, color=MUTED)
    return Panel(title, figure)


def _are_images(x: npt.NDArray[Any]) -> bool:
    return x.ndim == 4 and x.size > 0


def _opaque(sheet: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return red, green, blue and alpha: the gaps between images let the page through."""
    gaps = np.isnan(sheet).any(axis=2, keepdims=True)
    return np.concatenate([np.nan_to_num(sheet[..., :3]), 1.0 - gaps], axis=2)
