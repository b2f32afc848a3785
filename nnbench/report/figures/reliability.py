"""Reliability diagrams: how often predictions of a confidence are right, before and after temperature scaling."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from nnbench.report.figures._frame import name_axes
from nnbench.report.figures._panel import Panel, small_axes
from nnbench.report.figures._style import MUTED, family_colour
from nnbench.report.formatting import plain

ARTIFACT = "reliability"
BEFORE, AFTER = "none", "temperature"
MOST = 9
_SQUARE = (3.3, 3.1)
_SIZE = 260.0


class Diagram(NamedTuple):
    """Bins that hold a sample: their share of the samples, mean confidence and share of right predictions."""

    share: np.ndarray[Any, Any]
    confidence: np.ndarray[Any, Any]
    accuracy: np.ndarray[Any, Any]

    @property
    def ece(self) -> float:
        """The expected calibration error of what is drawn."""
        return float((self.share * np.abs(self.accuracy - self.confidence)).sum())


def reliability_panels(artifacts: pd.DataFrame) -> list[Panel]:
    """Return a panel per model and dataset, over its seeds; those that were scaled first, and the larger datasets.

    Args:
        artifacts: one row per artifact: family, model, dataset, seed, name, values. Those named ``reliability`` hold,
            by scaling, ``count``, ``confidence`` and ``accuracy`` of each bin.
    """
    rows = artifacts[artifacts["name"] == ARTIFACT]
    found = [
        (str(model), str(dataset), str(group["family"].iloc[0]), list(group["values"]))
        for (model, dataset), group in rows.groupby(["model", "dataset"], sort=False)
    ]
    found = [f for f in found if _samples(f[3])]
    found.sort(key=lambda f: (not any(AFTER in v for v in f[3]), -_samples(f[3])))
    return [_panel(model, dataset, family, *_both(values)) for model, dataset, family, values in found[:MOST]]


def reliability_legend(artifacts: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return glyph, colour and name of the families and marks drawn."""
    rows = artifacts[artifacts["name"] == ARTIFACT]
    scaled = any(AFTER in values for values in rows["values"])
    families = [("●", family_colour(f), f) for f in rows["family"].drop_duplicates()]
    return [*families, ("○", "", "as trained"), *([("●", "", "after temperature scaling")] if scaled else [])]


def pooled(diagrams: list[dict[str, Any]]) -> Diagram | None:
    """Return the diagram over all samples of several; None where there is no sample."""
    if not diagrams:
        return None
    counts = np.asarray([d["count"] for d in diagrams], dtype=float)
    total = counts.sum(0)
    held = total > 0
    if not held.any():
        return None
    means = [
        (np.nan_to_num(np.asarray([d[k] for d in diagrams], dtype=float)) * counts).sum(0)[held] / total[held]
        for k in ("confidence", "accuracy")
    ]
    return Diagram(total[held] / total.sum(), *means)


def _both(values: list[dict[str, Any]]) -> tuple[Diagram | None, Diagram | None]:
    before, after = (pooled([v[k] for v in values if k in v]) for k in (BEFORE, AFTER))
    return before, after


def _samples(values: list[dict[str, Any]]) -> float:
    return float(sum(sum(v[BEFORE]["count"]) for v in values if BEFORE in v))


def _panel(model: str, dataset: str, family: str, before: Diagram | None, after: Diagram | None) -> Panel:
    figure, axes = small_axes(_SQUARE)
    colour = family_colour(family)
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    texts = {}
    for name, diagram, line, fill in (("before", before, MUTED, "none"), ("after", after, colour, colour)):
        if diagram is None:
            continue
        axes.plot(diagram.confidence, diagram.accuracy, color=line, linewidth=1, alpha=0.6, zorder=2)
        sizes = 8 + _SIZE * diagram.share
        axes.scatter(
            diagram.confidence,
            diagram.accuracy,
            s=sizes,
            facecolors=fill,
            edgecolors=line if after is not None or name == "after" else colour,
            alpha=0.85,
            linewidth=1.2,
            zorder=3,
            gid=name,
        )
        texts[name] = _texts(name, diagram)
    axes.set(xlim=(-0.02, 1.04), ylim=(-0.02, 1.06))
    found = [d for d in (before, after) if d is not None]
    name_axes(axes, "confidence (share)", f"accuracy (share) · ECE {' → '.join(plain(d.ece) for d in found)}")
    return Panel(f"{model} · {dataset}", figure, texts)


def _texts(name: str, diagram: Diagram) -> list[str]:
    return [
        f"{name} scaling: confidence {plain(c)}, accuracy {plain(a)}\n{plain(100 * s)} % of the samples"
        for s, c, a in zip(*diagram, strict=True)
    ]
