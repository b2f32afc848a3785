"""A picture of corruptions: one row each, one column per severity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.shifts._corrupt import SEVERITIES, Bounds, corrupt
from nnbench.shifts._groups import COMMON, named_group

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANEL = 1.1
"""Side of a panel in inches."""


def picture(
    x: Array,
    corruptions: str | Sequence[str] = COMMON,
    *,
    bounds: Bounds | None = None,
    seed: int = 0,
    population: Array | None = None,
) -> Figure:
    """Return a figure of samples under corruptions, one row each: as they are, then severities 1 to 5.

    Args:
        x: (n, *shape) images, signals or rows of tables; row i shows sample i, and from n on the first again.
        corruptions: a group such as ``"mnist_c"``, a name, or names.
        bounds: lowest and highest value of an input; images need them.
        seed: decides the noise.
        population: as `corrupt` takes it.

    Raises:
        ArgumentError: no sample, an unknown group, or an argument that `corrupt` refuses.
    """
    from matplotlib.figure import Figure

    if not len(x):
        raise ArgumentError("x must hold at least one sample. Received: none.")
    names = [corruptions] if isinstance(corruptions, str) else list(corruptions)
    names = [name for group in names for name in named_group(group)]
    columns = len(SEVERITIES) + 1
    figure = Figure(figsize=(PANEL * (columns + 1.2), PANEL * len(names)), layout="constrained")
    axes = figure.subplots(len(names), columns, squeeze=False)
    for row, name in enumerate(names):
        sample = np.asarray(x[row % len(x)])[None]
        whole = x if population is None else population
        shown = [sample]
        for severity in SEVERITIES:
            shown.append(corrupt(sample, name, severity, seed, bounds=bounds, population=whole))
        for column, values in enumerate(shown):
            _draw(axes[row, column], values[0], bounds)
            if row == 0:
                axes[row, column].set_title(str(column) if column else "clean", fontsize=8)
        axes[row, 0].set_ylabel(name.replace("_", "\n"), rotation=0, ha="right", va="center", fontsize=7)
    return figure


def _draw(axis: Any, values: Array, bounds: Bounds | None) -> None:
    axis.set_xticks([])
    axis.set_yticks([])
    if values.ndim == 3:
        low, high = bounds or (values.min(), values.max())
        unit = np.clip((values.astype(np.float64) - low) / (high - low), 0, 1)
        axis.imshow(unit if unit.shape[2] == 3 else unit.mean(axis=2), cmap="gray", vmin=0, vmax=1)
        return
    axis.plot(values, linewidth=0.8)
    if bounds is not None:
        axis.set_ylim(*bounds)
