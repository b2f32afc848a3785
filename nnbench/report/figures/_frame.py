"""Grid, ticks and names of axes, drawn as one artist for each direction and one for each number.

Matplotlib's own ticks are five artists each, and take two thirds of the time of a small chart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nnbench.report.figures._style import GRID, INK, MUTED, POINTS_PER_INCH
from nnbench.report.formatting import plain, si

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Transform

_MOST_TICKS = 5
_NUMBER_GAP, _NAME_GAP = 5.0, 20.0


def bare(axes: Axes) -> None:
    """Leave out matplotlib's ticks; `name_axes` draws ours.

    Seaborn makes and measures all ticks to find whether it may name an axis, unless the axis has a name.
    """
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_visible(False)
        axis.set_label_text(" ")


def name_axes(axes: Axes, x: str, y: str = "", *, whole: bool = False, rows: Sequence[str] = ()) -> None:
    """Draw the grid, the numbers and the names of the axes; call it last, when the limits are settled.

    The name of the upright axis stands flat above, where it can be read without turning the head.

    Args:
        whole: whether x counts something, so that ticks are whole numbers.
        rows: names of the rows 0, 1, 2 …, in place of numbers on the upright axis.
    """
    axes.apply_aspect()
    _across(axes, whole=whole)
    if rows:
        _names_of_rows(axes, rows)
    else:
        _upright(axes)
    axes.text(0.5, 0, x, transform=_moved(axes, axes.transAxes, 0, -_NAME_GAP), ha="center", va="top", color=MUTED)
    place = axes.get_position()
    axes.set_title(y, color=MUTED, x=-place.x0 / place.width)


def log_limits(axes: Axes, which: str, values: Sequence[float]) -> None:
    """Make an axis (``x`` or ``y``) logarithmic, with room around `values`."""
    margin = 2 if max(values) > 4 * min(values) else 4
    axes.set(**{f"{which}scale": "log", f"{which}lim": (min(values) / margin, max(values) * margin)})


def ticks(low: float, high: float, *, log: bool = False, whole: bool = False) -> list[float]:
    """Return where ticks stand between two limits: at most six, on round numbers."""
    from matplotlib.ticker import MaxNLocator

    if log:
        return _powers(low, high)
    steps = [1, 2, 3, 5, 10] if whole else [1, 2, 2.5, 5, 10]
    found = MaxNLocator(_MOST_TICKS, steps=steps, integer=whole).tick_values(low, high)
    return [float(v) for v in found if low <= v <= high]


def tick_text(value: float) -> str:
    """Return a tick's number: ``.25``, ``−2``, ``10k``, ``1M``."""
    if value == 0:
        return "0"
    text = si(value).replace(" ", "") if abs(value) >= 1000 else plain(value)
    if abs(value) < 0.01:
        text = f"{value:g}".lstrip("0")
    return text.rstrip("0").rstrip(".") if "." in text and text[-1].isdigit() and "e" not in text else text


def _across(axes: Axes, *, whole: bool) -> None:
    from matplotlib.collections import LineCollection

    both = axes.get_xaxis_transform()
    at = ticks(*axes.get_xlim(), log=axes.get_xscale() == "log", whole=whole)
    lines = LineCollection([[(v, 0), (v, 1)] for v in at], colors=GRID, linewidths=0.8, transform=both, zorder=0.5)
    axes.add_collection(lines, autolim=False)
    below = _moved(axes, both, 0, -_NUMBER_GAP)
    for v in at:
        axes.text(v, 0, tick_text(v), transform=below, ha="center", va="top", color=MUTED)


def _upright(axes: Axes) -> None:
    from matplotlib.collections import LineCollection

    both = axes.get_yaxis_transform()
    at = ticks(*axes.get_ylim(), log=axes.get_yscale() == "log")
    lines = LineCollection([[(0, v), (1, v)] for v in at], colors=GRID, linewidths=0.8, transform=both, zorder=0.5)
    axes.add_collection(lines, autolim=False)
    beside = _moved(axes, both, -_NUMBER_GAP, 0)
    for v in at:
        axes.text(0, v, tick_text(v), transform=beside, ha="right", va="center", color=MUTED)


def _names_of_rows(axes: Axes, rows: Sequence[str]) -> None:
    beside = _moved(axes, axes.get_yaxis_transform(), -_NUMBER_GAP, 0)
    for i, name in enumerate(rows):
        axes.text(0, i, name, transform=beside, ha="right", va="center", color=INK)


def _moved(axes: Axes, transform: Transform, right: float, up: float) -> Transform:
    """Return `transform`, moved by points on paper."""
    from matplotlib.transforms import ScaledTranslation

    figure = axes.get_figure(root=True)
    assert figure is not None
    return transform + ScaledTranslation(right / POINTS_PER_INCH, up / POINTS_PER_INCH, figure.dpi_scale_trans)


def _powers(low: float, high: float) -> list[float]:
    """Return powers of ten between the limits; where there is at most one, also twos and fives."""
    tens = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    powers = [10.0**e for e in tens if low <= 10.0**e <= high]
    if len(powers) > 1:
        return powers[:: -(-len(powers) // 6)]
    return [m * 10.0**e for e in tens for m in (1, 2, 5) if low <= m * 10.0**e <= high]
