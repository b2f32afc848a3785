"""Histograms of a detector's scores: known samples as an area, each foreign set as a line."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from nnbench.report.figures._foreign import (
    Scored,
    area,
    colours_of,
    foreign_labels,
    mean_area,
    readable_set,
    scored,
)
from nnbench.report.figures._frame import name_axes
from nnbench.report.figures._panel import Panel, small_axes
from nnbench.report.figures._style import MUTED
from nnbench.report.formatting import plain

KNOWN = "known"


def score_panels(artifacts: pd.DataFrame) -> list[Panel]:
    """Return a panel per model and dataset, of the detector that tells most apart there.

    Args:
        artifacts: one row per artifact: family, model, dataset, seed, name, values. Those named ``ood_scores`` hold, by
            detector, what `nnbench.harness.score_curves.score_artifact` gives.
    """
    found = [s for s in scored(artifacts) if _best(s)[1]]
    colours = _colours(found)
    return [_panel(s, colours) for s in found]


def score_legend(artifacts: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return glyph, colour and name of every set drawn."""
    sets = [("▬", colour, name) for name, colour in _colours(scored(artifacts)).items()]
    return [("■", MUTED, KNOWN), *sets] if sets else []


def _colours(found: list[Scored]) -> dict[str, str]:
    return colours_of(readable_set(label) for s in found for label in _best(s)[1])


def _best(s: Scored) -> tuple[str, list[str]]:
    """Return the detector with the largest mean area, and its foreign sets."""
    name = max(s.detectors, key=lambda d: mean_area(s.detectors[d]))
    return name, foreign_labels(s.detectors[name])


def _panel(s: Scored, colours: dict[str, str]) -> Panel:
    figure, axes = small_axes()
    name, labels = _best(s)
    kept = s.detectors[name]
    low, high = map(float, kept["edges"])
    edges = np.linspace(low, high, len(kept["counts"][""]) + 1)
    known = _shares(kept["counts"][""])
    axes.fill_between(edges, np.append(known, known[-1]), step="post", color=MUTED, alpha=0.28, linewidth=0)
    for label in labels:
        shares = _shares(kept["counts"][label])
        axes.step(edges, np.append(shares, shares[-1]), where="post", color=colours[readable_set(label)], linewidth=1.3)
    axes.set_ylim(0)
    axes.margins(x=0)
    lowest = min(labels, key=lambda label: area(kept, label))
    note = f"least AUROC {plain(area(kept, lowest))}: {readable_set(lowest)}"
    name_axes(axes, f"score of {name}, higher is more foreign", f"share of samples · {note}")
    return Panel(f"{s.model} · {s.dataset}", figure)


def _shares(counts: list[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    values = np.asarray(counts, dtype=float)
    return np.asarray(values / max(values.sum(), 1.0))
