"""Names beside points and lines, placed so that they do not cover each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nnbench.report.figures._panel import shortened
from nnbench.report.figures._style import FONT_SIZE, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = FONT_SIZE - 1
_GAP = 6.0
_LONGEST, _LONGEST_AT_END = 20, 15


class Box(NamedTuple):
    """A rectangle in points."""

    left: float
    bottom: float
    right: float
    top: float

    def overlap(self, other: Box) -> float:
        """Return the shared area."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(width, 0.0) * max(height, 0.0)


def label_points(
    axes: Axes,
    x: Sequence[float],
    y: Sequence[float],
    names: Sequence[str],
    intervals: Sequence[tuple[float, float, float]] = (),
) -> None:
    """Write each point's name on the side of it where it covers least; call it when the limits are set.

    Args:
        intervals: upright lines that are better not covered either: x, low, high.
    """
    frame = Box(*_in_points(axes, *zip(*_corners(axes), strict=True)).ravel())
    at = _in_points(axes, x, y)
    taken = [Box(a - 4, b - 4, a + 4, b + 4) for a, b in at] + [_line(axes, *i) for i in intervals]
    for (a, b), value_x, value_y, name in zip(at, x, y, names, strict=True):
        text = shortened(name, _LONGEST)
        sides = _sides(a, b, len(text))
        cost = [sum(box.overlap(t) for t in taken) + 10 * _outside(box, frame) for _, _, box in sides]
        alignment, offset, box = sides[int(np.argmin(cost))]
        taken.append(box)
        axes.annotate(
            text,
            (value_x, value_y),
            offset,
            textcoords="offset points",
            ha=alignment,
            va="center",
            fontsize=SIZE,
            color=INK,
            annotation_clip=False,
        )


def label_ends(axes: Axes, y: Sequence[float], names: Sequence[str], colours: Sequence[str]) -> None:
    """Write names to the right of the axes at heights `y`, moved apart where they are close."""
    right = axes.get_xlim()[1]
    at = _in_points(axes, [right] * len(y), y)[:, 1]
    frame = _in_points(axes, *zip(*_corners(axes), strict=True))
    heights = spread(at, SIZE * 1.25, frame[0, 1], frame[1, 1])
    for height, own, name, colour in zip(heights, at, names, colours, strict=True):
        axes.annotate(
            shortened(name, _LONGEST_AT_END),
            (1, (own - frame[0, 1]) / (frame[1, 1] - frame[0, 1])),
            (5, float(height - own)),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            fontsize=SIZE,
            color=colour,
            annotation_clip=False,
        )


def spread(at: np.ndarray, gap: float, low: float, high: float) -> np.ndarray:
    """Return the positions `at` (n,) moved as little as needed to stand `gap` apart, within the limits if they fit."""
    order = np.argsort(at, kind="stable")
    moved = np.asarray(at, dtype=float)[order].clip(low, high)
    for i in range(1, len(moved)):
        moved[i] = max(moved[i], moved[i - 1] + gap)
    moved[-1:] = np.minimum(moved[-1:], max(high, low + gap * (len(moved) - 1)))
    for i in range(len(moved) - 2, -1, -1):
        moved[i] = min(moved[i], moved[i + 1] - gap)
    result = np.empty_like(moved)
    result[order] = moved
    return result


def _sides(a: float, b: float, length: int) -> list[tuple[str, tuple[float, float], Box]]:
    """Return where a text may stand: alignment, offset and the place that it takes; the preferred side first."""
    width, half = 0.56 * SIZE * length, 0.6 * SIZE
    places = []
    for dy in (0.0, SIZE, -SIZE):
        dx = _GAP if dy == 0 else _GAP / 2
        places.append(("left", (dx, dy), Box(a + dx, b + dy - half, a + dx + width, b + dy + half)))
        places.append(("right", (-dx, dy), Box(a - dx - width, b + dy - half, a - dx, b + dy + half)))
    for dy in (1.2 * SIZE, -1.2 * SIZE):
        places.append(("center", (0.0, dy), Box(a - width / 2, b + dy - half, a + width / 2, b + dy + half)))
    return places


def _line(axes: Axes, x: float, low: float, high: float) -> Box:
    (a, bottom), (_, top) = _in_points(axes, [x, x], [low, high])
    return Box(a - 2, bottom, a + 2, top)


def _outside(box: Box, frame: Box) -> float:
    return (box.right - box.left) * (box.top - box.bottom) - box.overlap(frame)


def _corners(axes: Axes) -> list[tuple[float, float]]:
    """Return the ends of the view; asking for them settles limits that follow the data, which transforms do not."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    return [(left, bottom), (right, top)]


def _in_points(axes: Axes, x: Sequence[float], y: Sequence[float]) -> np.ndarray:
    dpi = axes.figure.get_figure(root=True).dpi
    return np.asarray(axes.transData.transform(np.column_stack([x, y]))) * 72 / dpi
