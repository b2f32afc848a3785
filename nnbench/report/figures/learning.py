"""Loss by epoch: a panel per dataset, a line per model, a band over its seeds."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from nnbench.report.figures._frame import log_limits, name_axes
from nnbench.report.figures._labels import label_ends
from nnbench.report.figures._panel import Panel, small_axes
from nnbench.report.figures._style import family_colour

LOSSES = {"loss": "", "generator_loss": " G", "discriminator_loss": " D"}
"""Curves that are drawn, and what is added to the model's name in the label."""

UNITS = {
    "accuracy": "nat",
    "bits_per_character": "nat",
    "r2": "mean squared error",
    "rmse": "mean squared error",
}
"""Metric of quality to the unit of the loss that goes with it."""

MOST, MOST_EPOCHS = 9, 200
_DASHES = ("-", (0, (4, 2)), (0, (1, 1.5)), (0, (5, 1.5, 1, 1.5)))
_DECADES = 30


def learning_panels(curves: pd.DataFrame, overview: pd.DataFrame) -> list[Panel]:
    """Return panels of the training loss, for the datasets with most models; adversarial losses have their own.

    Args:
        curves: one row per attempt, curve and epoch: family, model, dataset, name, epoch, value.
        overview: the frame of `overview.overview`; its metric of quality tells which loss was trained.
    """
    rows = curves[curves["name"].isin(LOSSES) & np.isfinite(curves["value"])]
    rows = rows.assign(adversarial=rows["name"] != "loss")
    groups = [(str(d), bool(a), g) for (d, a), g in rows.groupby(["dataset", "adversarial"], sort=False)]
    # Several models on a dataset first, then generators, then models alone on theirs.
    groups.sort(key=lambda g: (-len(set(g[2]["model"])), not g[1]))
    metrics = overview[overview["quality_metric"].isin(UNITS)].groupby("dataset")["quality_metric"].first()
    return [
        _panel(f"{d} (adversarial)" if a else d, over_seeds(g), "nat" if a else UNITS.get(metrics.get(d, ""), "1"))
        for d, a, g in groups[:MOST]
    ]


def over_seeds(curves: pd.DataFrame) -> pd.DataFrame:
    """Return mean, low and high (smallest and largest seed) of each model's curve by epoch, and the line's label.

    Of long trainings, `MOST_EPOCHS` epochs at equal distances are kept, the last among them.
    """
    keys = ["family", "model", "name", "epoch"]
    rows = curves.groupby(keys, sort=False)["value"].agg(["mean", "min", "max"]).reset_index()
    rows = rows.rename(columns={"min": "low", "max": "high"})
    last = int(rows["epoch"].max())
    step = -(-last // MOST_EPOCHS)
    rows = rows[(last - rows["epoch"]) % step == 0]
    return rows.assign(line=rows["model"] + rows["name"].map(LOSSES))


def _panel(title: str, rows: pd.DataFrame, unit: str) -> Panel:
    figure, axes = small_axes(right=0.24)
    low, high = rows["low"].min(), rows["high"].max()
    if low > 0 and high / low > _DECADES:
        log_limits(axes, "y", [low, high])
    axes.margins(x=0.02)
    seen: Counter[str] = Counter()
    ends: list[tuple[float, str, str]] = []
    for line, group in rows.groupby("line", sort=False):
        family, colour = str(group["family"].iloc[0]), family_colour(str(group["family"].iloc[0]))
        axes.plot(
            group["epoch"],
            group["mean"],
            color=colour,
            linewidth=1.5,
            linestyle=_DASHES[seen[family] % len(_DASHES)],
            # One epoch draws no line; a mark shows it.
            marker="o" if len(group) == 1 else "",
        )
        axes.fill_between(group["epoch"], group["low"], group["high"], color=colour, alpha=0.15, linewidth=0)
        seen[family] += 1
        ends.append((float(group["mean"].iloc[-1]), str(line), colour))
    heights, names, colours = zip(*ends, strict=True)
    label_ends(axes, heights, names, colours)
    name_axes(axes, "epoch (count)", f"training loss ({unit})", whole=True)
    return Panel(title, figure)
