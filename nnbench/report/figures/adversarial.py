"""Adversarial examples: samples, the change, and the changed samples, as images or as signals."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nnbench.report.figures._panel import Panel
from nnbench.report.figures._style import MUTED, family_colour
from nnbench.report.figures.samples import image_sheets

MOST, EXAMPLES = 12, 5
_SIGNALS, _HEADING = (3.4, 2.6), 0.3


def adversarial_panels(artifacts: pd.DataFrame) -> list[Panel]:
    """Return a panel per model, dataset and recipe: examples of its first seed.

    Args:
        artifacts: one row per artifact: family, model, dataset, recipe, seed, name, values. Those named ``adversarial``
            hold ``clean`` and ``adversarial`` (k, *shape), ``bounds``, ``kind`` (``image`` or ``signal``), ``attack``
            and ``conditions``; others are left out.
    """
    rows = artifacts[artifacts["name"] == "adversarial"].sort_values("seed", kind="stable")
    rows = rows.drop_duplicates(["model", "dataset", "recipe"])
    panels = [_drawn(r) for r in rows.to_dict("records")]
    return [p for p in panels if p is not None][:MOST]


def _drawn(row: dict[Any, Any]) -> Panel | None:
    values = row["values"]
    clean, moved = (np.asarray(values.get(k, ()), dtype=float)[:EXAMPLES] for k in ("clean", "adversarial"))
    if clean.shape != moved.shape or not clean.size:
        return None
    title = f"{row['model']} · {row['dataset']} · {values.get('attack', '')} {values.get('conditions', '')}".rstrip()
    if values.get("kind") == "image" and clean.ndim == 4:
        low, high = values.get("bounds") or (0.0, 1.0)
        shown = [(x - low) / (high - low) for x in (clean, moved)]
        change = visible_change(moved - clean)
        return image_sheets(title, [("clean", shown[0]), ("change", change), ("adversarial", shown[1])])
    if values.get("kind") == "signal" and clean.ndim in (2, 3):
        flat = [x.reshape(*x.shape[:2], -1)[..., 0] for x in (clean, moved)]
        return _signals(title, flat[0], flat[1], family_colour(str(row["family"])))
    return None


def visible_change(change: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return changes (k, *shape) as values in [0, 1]: one half where there is none, 0 or 1 at an example's largest."""
    axes = tuple(range(1, change.ndim))
    largest = np.abs(change).max(axis=axes, keepdims=True)
    return np.asarray(0.5 + 0.5 * change / np.where(largest > 0, largest, 1))


def _signals(title: str, clean: npt.NDArray[Any], moved: npt.NDArray[Any], colour: str) -> Panel:
    """Draw signals (k, length) under each other: as they are, the change to the same scale, and changed."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIGNALS)
    height = 1 - _HEADING / _SIGNALS[1]
    apart = 1.1 * (max(clean.max(), moved.max()) - min(clean.min(), moved.min()))
    for i, (name, lines, ink) in enumerate(
        (("clean", clean, MUTED), ("change", moved - clean, colour), ("adversarial", moved, colour))
    ):
        axes = figure.add_axes((i / 3, 0, 0.31, height))
        for k, line in enumerate(lines):
            axes.plot(line - k * apart, color=ink, linewidth=1.1)
        axes.set_ylim(-(len(clean) - 0.4) * apart, 0.6 * apart)
        axes.set_axis_off()
        axes.set_title(name, color=MUTED)
    return Panel(title, figure)
