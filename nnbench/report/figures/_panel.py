"""One axes with its title and tooltips: what every figure of a report is put together from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nnbench.report.figures._style import FONT_SIZE, MUTED
from nnbench.report.formatting import plain, si

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POINTS_PER_INCH = 72
SMALL, LARGE = (4.2, 2.75), (6.0, 0.0)
"""Inches: width and height of small multiples; width of charts with a row per model, as high as they have rows."""

_ROW, _FRAME, _LABEL_BELOW = 0.25, 0.6, 0.27
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
    return figure, axes


def row_axes(labels: Sequence[str]) -> tuple[Figure, Axes]:
    """Return an empty axes with a labelled row per model, the first on top, and a height that fits."""
    from matplotlib.figure import Figure

    names = [shortened(label, _LONGEST) for label in labels]
    height = _FRAME + _ROW * len(names)
    left = (max(map(len, names)) * _CHARACTER + 0.12) / LARGE[0]
    figure = Figure(figsize=(LARGE[0], height))
    axes = figure.add_axes((left, 0.5 / height, 0.97 - left, 1 - _FRAME / height))
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    return figure, axes


def name_axes(axes: Axes, x: str, y: str = "") -> None:
    """Label the axes: x below, y flat above, where it can be read without turning the head.

    Call it before seaborn draws, which otherwise makes and measures all ticks only to find that it may label them.
    """
    from matplotlib.transforms import ScaledTranslation

    figure = axes.get_figure(root=True)
    below = axes.transAxes + ScaledTranslation(0, -_LABEL_BELOW, figure.dpi_scale_trans) if figure else axes.transAxes
    axes.set_xlabel(x, va="top")
    axes.xaxis.set_label_coords(0.5, 0, below)
    axes.set_ylabel(" ")
    axes.yaxis.set_label_coords(0, 0.5)
    place = axes.get_position()
    axes.set_title(y, color=MUTED, x=-place.x0 / place.width)


def few_ticks(axes: Axes, *, x: int | None = 5, y: int | None = 5) -> None:
    """Use at most so many ticks on linear axes, with numbers as in the tables; None leaves an axis alone."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    for axis, n in ((axes.xaxis, x), (axes.yaxis, y)):
        if n is not None:
            axis.set_major_locator(MaxNLocator(n, steps=[1, 2, 2.5, 5, 10]))
            axis.set_major_formatter(FuncFormatter(lambda v, _: _tick(v)))


def log_axis(axes: Axes, which: str, values: Sequence[float]) -> None:
    """Make an axis logarithmic around `values`, with at most six ticks named 1k, 10k, 1M, and none between them."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    margin = 2 if max(values) > 4 * min(values) else 4
    low, high = min(values) / margin, max(values) * margin
    scale: Callable[..., None] = axes.set_xscale if which == "x" else axes.set_yscale
    limits: Callable[..., object] = axes.set_xlim if which == "x" else axes.set_ylim
    scale("log")
    limits(low, high)
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(FixedLocator(_powers(low, high)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda v, _: si(v).replace(" ", "") if v >= 1 else f"{v:g}".lstrip("0")))


def shortened(text: str, longest: int) -> str:
    """Return `text` on one line and printable, cut in the middle where it is longer than `longest`."""
    text = "".join(c if c.isprintable() else " " for c in text).strip()
    half = (longest - 1) // 2
    return text if len(text) <= longest else f"{text[: longest - 1 - half]}…{text[-half:]}"


def _powers(low: float, high: float) -> list[float]:
    """Return powers of ten between the limits; where there is at most one, also twos and fives."""
    import math

    tens = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    step = max(1, len(tens) // 6)
    powers = [10.0**e for e in tens[::step] if low <= 10.0**e <= high]
    return powers if len(powers) > 1 else [m * 10.0**e for e in tens for m in (1, 2, 5) if low <= m * 10.0**e <= high]


def _tick(value: float) -> str:
    if value == 0:
        return "0"
    text = plain(value)
    return text.rstrip("0").rstrip(".") if "." in text else text
