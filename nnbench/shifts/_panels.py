"""How one sample is drawn beside what a corruption makes of it: an image, the lines of a signal, the row of a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.shifts._corrupt import Bounds

CLEAN_COLOUR, CORRUPTED_COLOUR = "0.65", "C0"
CROWDED = 40
"""Columns of a table from which on marks are points."""


@dataclass(frozen=True)
class Panels:
    """How samples of one kind are drawn.

    Attributes:
        draw: ``draw(axis, clean, values)``, both of one sample.
        size: width and height of a panel in inches.
        x, y: what stands along the axes, with units; empty for an image.
    """

    draw: Callable[[Any, Array, Array], None]
    size: tuple[float, float] = (1.1, 1.1)
    x: str = ""
    y: str = ""


def image_panels(bounds: Bounds | None) -> Panels:
    """Return panels of images (height, width, channels); without bounds, each between its own extremes."""

    def draw(axis: Any, _clean: Array, values: Array) -> None:
        low, high = bounds or (values.min(), values.max())
        shares = np.clip((values.astype(np.float64) - low) / ((high - low) or 1), 0, 1)
        axis.imshow(shares if shares.shape[2] == 3 else shares.mean(axis=2), cmap="gray", vmin=0, vmax=1)

    return Panels(draw)


def signal_panels(unit: str) -> Panels:
    """Return panels of signals (length,) or (length, channels): clean in grey, corrupted over it."""

    def draw(axis: Any, clean: Array, values: Array) -> None:
        axis.plot(clean, color=CLEAN_COLOUR, linewidth=1)
        if values is not clean:
            axis.set_prop_cycle(None)
            axis.plot(values, linewidth=0.9)

    return Panels(draw, (1.7, 0.9), "time (steps)", f"value ({unit})" if unit else "value")


def table_panels(population: Array) -> Panels:
    """Return panels of rows (columns,): a stem per column from its clean to its corrupted value.

    Columns have units of their own, so each is drawn in standard deviations from the mean of its `population`
    (m, columns); a column that does not vary, in its own units.
    """
    centre, spread = population.mean(axis=0), population.std(axis=0)
    spread = np.where(spread > 0, spread, 1)

    def draw(axis: Any, clean: Array, values: Array) -> None:
        before, after = ((v - centre) / spread for v in (clean, values))
        at, area = np.arange(len(before)), 1 if len(before) > CROWDED else 8
        axis.axhline(0, color="0.85", linewidth=0.6)
        axis.scatter(at, before, s=area, facecolors="none", edgecolors=CLEAN_COLOUR, linewidth=0.8)
        if values is not clean:
            axis.vlines(at, before, after, color=CORRUPTED_COLOUR, linewidth=0.7)
            axis.scatter(at, after, s=area, color=CORRUPTED_COLOUR)

    return Panels(draw, (1.7, 0.9), "column", "standard deviations from the mean")
