"""A picture of corruptions: one row each, one column per severity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.robustness import CORRUPTIONS
from nnbench.shifts._corrupt import SEVERITIES, Bounds, corrupt
from nnbench.shifts._groups import STANDARD, named_group
from nnbench.shifts._panels import CLEAN_COLOUR, CORRUPTED_COLOUR, Panels, image_panels, signal_panels, table_panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAMES = 1.3
"""Inches on the left for the names of corruptions."""
HEAD = 0.5
"""Inches for titles and the names of axes."""


def picture(
    x: Array,
    corruptions: str | Sequence[str] | None = None,
    *,
    kind: str | None = None,
    bounds: Bounds | None = None,
    seed: int = 0,
    population: Array | None = None,
    unit: str = "",
) -> Figure:
    """Return a figure of samples under corruptions, one row each: as they are, then severities 1 to 5.

    Signals are lines over time, the clean one in grey behind the corrupted one. A row of a table is a stem per column,
    from the clean to the corrupted value, in standard deviations of that column. A row of panels shares its scale.

    Args:
        x: (n, *shape) images, signals or rows of tables; row i shows sample i, and from n on the first again.
        corruptions: a group such as ``"mnist_c"``, a name, or names; by default the group of `kind`.
        kind: ``"image"``, ``"signal"`` or ``"table"``; by default what the shape says, and for (n, m), which may be
            either of the last two, what the corruptions are for.
        bounds: lowest and highest value of an input; images need them.
        seed: decides the noise.
        population: as `corrupt` takes it.
        unit: of a signal's values, such as ``"mV"``.

    Raises:
        ArgumentError: no sample, an unknown group or kind, a kind that neither the shape nor the corruptions tell, or
            an argument that `corrupt` refuses.
    """
    from matplotlib.figure import Figure

    x = np.asarray(x)
    if not len(x):
        raise ArgumentError("x must hold at least one sample. Received: none.")
    names = [] if corruptions is None else [corruptions] if isinstance(corruptions, str) else list(corruptions)
    names = [name for group in names for name in named_group(group)]
    kind = _kind(x, names, kind)
    names = names or list(STANDARD[kind])
    whole = x if population is None else np.asarray(population)
    panels = _panels(kind, bounds, whole, unit)
    width, height = panels.size
    size = (NAMES + width * (len(SEVERITIES) + 1), HEAD + height * len(names))
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(len(names), len(SEVERITIES) + 1, squeeze=False, sharey="row" if panels.y else False)
    for row, name in enumerate(names):
        versions = _versions(x, row % len(x), name, seed, bounds, whole)
        for axis, values in zip(axes[row], versions, strict=True):
            panels.draw(axis, versions[0], values)
        axes[row, 0].set_ylabel(name.replace("_", "\n"), rotation=0, ha="right", va="center", fontsize=7)
    _dress(figure, axes, panels)
    return figure


def _kind(x: Array, names: Sequence[str], kind: str | None) -> str:
    """Return what `x` holds: as stated, by its shape, or by what its corruptions are for."""
    if kind is not None and kind not in STANDARD:
        raise ArgumentError(f"kind must be one of {', '.join(STANDARD)}. Received: {kind!r}.")
    found = kind or {4: "image", 3: "signal"}.get(x.ndim)
    if found:
        return found
    fitting = [k for k in ("signal", "table") if names and all(k in CORRUPTIONS.get(n).kinds for n in names)]
    if len(fitting) != 1:
        raise ArgumentError(f"kind must be stated, 'signal' or 'table', for x of shape {x.shape}. Received: None.")
    return fitting[0]


def _panels(kind: str, bounds: Bounds | None, population: Array, unit: str) -> Panels:
    if kind == "image":
        return image_panels(bounds)
    return signal_panels(unit) if kind == "signal" else table_panels(population)


def _versions(x: Array, i: int, name: str, seed: int, bounds: Bounds | None, population: Array) -> list[Array]:
    """Return sample `i` as it is, and at each severity as it becomes among `x`."""
    # What mixes the samples of a batch does nothing to one on its own.
    indices = np.array([i]) if CORRUPTIONS.get(name).per_sample else np.arange(len(x))
    own: dict[str, Any] = {"bounds": bounds, "samples": indices, "population": population}
    versions = [corrupt(x[indices], name, severity, seed, **own) for severity in SEVERITIES]
    return [x[i], *(version[indices == i][0] for version in versions)]


def _dress(figure: Figure, axes: Any, panels: Panels) -> None:
    """Write titles, the names of the axes, and numbers along the outer ones."""
    from matplotlib.lines import Line2D
    from matplotlib.ticker import MaxNLocator

    for column, axis in enumerate(axes[0]):
        axis.set_title(f"severity {column}" if column else "clean", fontsize=8)
    if not panels.y:
        for axis in axes.flat:
            axis.set(xticks=[], yticks=[])
        return
    for axis in axes.flat:
        axis.tick_params(labelsize=6, length=2)
        axis.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axis.label_outer()
    figure.supxlabel(panels.x, fontsize=8)
    figure.supylabel(panels.y, fontsize=8)
    lines = [Line2D([], [], color=c) for c in (CLEAN_COLOUR, CORRUPTED_COLOUR)]
    figure.legend(lines, ["clean", "corrupted"], loc="outside upper right", ncols=2, fontsize=7, frameon=False)
