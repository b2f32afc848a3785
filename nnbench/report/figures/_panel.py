"""One axes with its title and tooltips: what every figure of a report is put together from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nnbench.report.figures._frame import bare
from nnbench.report.figures._style import FONT_SIZE, POINTS_PER_INCH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SMALL, LARGE = (4.2, 2.75), (6.0, 0.0)
"""Inches: width and height of small multiples; width of charts with a row per model, as high as they have rows."""

_ROW, _FRAME = 0.25, 0.6
_PIXELS_PER_INCH = 112
_CHARACTER = 0.58 * FONT_SIZE / POINTS_PER_INCH
_LONGEST = 34


@dataclass(frozen=True)
class Panel:
    """A drawn axes.

    Attributes:
        title: what it shows, as plain text; the page sets it above the drawing.
        tooltips: id of a collection of points to a text for each, in the order of the points.
    """

    title: str
    figure: Figure
    tooltips: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """The largest width in pixels, at which text in the drawing is as large as around it."""
        return round(float(self.figure.get_figwidth()) * _PIXELS_PER_INCH)


def small_axes(size: tuple[float, float] = SMALL, *, right: float = 0.03) -> tuple[Figure, Axes]:
    """Return an empty axes for a small multiple; `right` is the share of the width kept free for labels."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size)
    axes = figure.add_axes((0.12, 0.185, 0.88 - right, 0.68))
    bare(axes)
    return figure, axes


def row_axes(labels: Sequence[str]) -> tuple[Figure, Axes, list[str]]:
    """Return an empty axes with room for a row per model, the first on top, and the names that fit beside them."""
    from matplotlib.figure import Figure

    names = [shortened(label, _LONGEST) for label in labels]
    height = _FRAME + _ROW * len(names)
    left = (max(map(len, names)) * _CHARACTER + 0.12) / LARGE[0]
    figure = Figure(figsize=(LARGE[0], height))
    axes = figure.add_axes((left, 0.5 / height, 0.97 - left, 1 - _FRAME / height))
    bare(axes)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    return figure, axes, names


def shortened(text: str, longest: int) -> str:
    """Return `text` on one line and printable, cut in the middle where it is longer than `longest`."""
    text = "".join(c if c.isprintable() else " " for c in text).strip()
    half = (longest - 1) // 2
    return text if len(text) <= longest else f"{text[: longest - 1 - half]}…{text[-half:]}"
