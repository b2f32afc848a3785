"""Quality against what it costs: a panel per dataset, a point per model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nnbench.report.figures._frame import log_limits, name_axes
from nnbench.report.figures._labels import label_points
from nnbench.report.figures._panel import Panel, small_axes
from nnbench.report.figures._seaborn import load_seaborn
from nnbench.report.figures._style import MARKERS, family_colour
from nnbench.report.formatting import half_width, number
from nnbench.report.readable import METRICS, SHARES, cell

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABELS = {"parameters": "parameters (count)", "inference_throughput": "inference throughput (samples/s)"}
MOST = 6


def quality_panels(overview: pd.DataFrame, x: str) -> list[Panel]:
    """Return panels of quality with its interval against `x`, for the datasets with most models.

    A dataset on which one model alone ran has a panel only where there is no other.

    Args:
        overview: the frame of `overview.overview`.
        x: ``parameters`` or ``inference_throughput``.
    """
    groups = drawn_rows(overview, x)
    places = list(dict.fromkeys(p for group in groups for p in place_of(group)))
    return [_panel(group, x, places) for group in groups]


def drawn_rows(overview: pd.DataFrame, x: str) -> list[pd.DataFrame]:
    """Return the rows of each panel of `quality_panels`: of one dataset and metric, most models first."""
    rows = overview[overview["quality"].notna() & (overview[x] > 0)]
    rows = rows[np.isfinite(rows["quality"])]
    groups = [g for _, g in rows.groupby(["dataset", "quality_metric"], sort=False)]
    groups.sort(key=lambda g: -len(set(g["model"])))
    return ([g for g in groups if len(g) > 1] or groups)[:MOST]


def place_of(overview: pd.DataFrame) -> list[str]:
    """Return each row's backend and device, in a word or two."""
    return [f"{b} {d}" for b, d in zip(overview["backend"], overview["device"], strict=True)]


def _panel(rows: pd.DataFrame, x: str, places: list[str]) -> Panel:
    sns = load_seaborn()

    figure, axes = small_axes()
    log_limits(axes, "x", list(rows[x]))
    place = place_of(rows)
    sns.scatterplot(
        rows.assign(place=place),
        x=x,
        y="quality",
        hue="family",
        palette={f: family_colour(f) for f in rows["family"]},
        style="place",
        markers={p: MARKERS[places.index(p) % len(MARKERS)] for p in place},
        s=38,
        linewidth=0,
        legend=False,
        ax=axes,
        zorder=3,
    )
    axes.collections[0].set_gid("points")
    intervals = _draw_intervals(axes, rows, x)
    axes.margins(y=0.12)
    first = rows.drop_duplicates("model") if len(places) > 1 else rows
    label_points(axes, list(first[x]), list(first["quality"]), list(first["model"]), intervals)
    name_axes(axes, LABELS[x], _quality_label(rows))
    dataset = str(rows["dataset"].iloc[0])
    return Panel(dataset, figure, {"points": [_tooltip(r, x) for r in rows.to_dict("records")]})


def _draw_intervals(axes: Axes, rows: pd.DataFrame, x: str) -> list[tuple[float, float, float]]:
    """Draw the intervals, those of shares within 0 and 1, and return them: x, low, high."""
    known = rows[rows["quality_low"].notna() & rows["quality_high"].notna()]
    colours = [family_colour(f) for f in known["family"]]
    low, high = known["quality_low"], known["quality_high"]
    if rows["quality_metric"].iloc[0] in SHARES:
        low, high = low.clip(0, 1), high.clip(0, 1)
    if len(known):
        axes.vlines(known[x], low, high, colors=colours, linewidth=1.2, zorder=2)
    return list(zip(known[x], low, high, strict=True))


def _quality_label(rows: pd.DataFrame) -> str:
    metric, better, unit = (str(rows[f"quality_{c}"].iloc[0]) for c in ("metric", "better", "unit"))
    arrow = {"higher": ", higher is better", "lower": ", lower is better"}.get(better, "")
    shown = {"accuracy": "share", "high_quality_share": "share", "1": "1"}
    return f"{METRICS.get(metric, metric)} ({shown.get(metric, unit)}){arrow}"


def _tooltip(row: dict[object, object], x: str) -> str:
    quality, low, high, cost = (float(str(row[c])) for c in ("quality", "quality_low", "quality_high", x))
    value = f"{number(quality)} {half_width(low, high)}".rstrip()
    metric = METRICS.get(str(row["quality_metric"]), str(row["quality_metric"]))
    return f"{row['model']} ({row['backend']} {row['device']})\n{metric} {value}\n{cell(cost, x)} {LABELS[x]}"
