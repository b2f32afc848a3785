"""The figures of a report: every one a list of panels, drawn from frames alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from nnbench.report.figures._panel import Panel
from nnbench.report.figures._style import GLYPHS, drawing
from nnbench.report.figures._style import family_colour as family_colour
from nnbench.report.figures._svg import svg
from nnbench.report.figures.adversarial import adversarial_panels
from nnbench.report.figures.conformal import COVERAGE, conformal_panels, conformal_scores
from nnbench.report.figures.curves import curve_panels
from nnbench.report.figures.detectors import detector_panels
from nnbench.report.figures.learning import learning_panels
from nnbench.report.figures.ood import detectors, ood_panels
from nnbench.report.figures.phases import PHASES, phase_panels
from nnbench.report.figures.quality import drawn_rows, place_of, quality_panels
from nnbench.report.figures.reliability import reliability_legend, reliability_panels
from nnbench.report.figures.robustness import attacked, marks, robustness_panels
from nnbench.report.figures.roc import roc_legend, roc_panels
from nnbench.report.figures.samples import sample_panels
from nnbench.report.figures.scores import score_legend, score_panels
from nnbench.report.frames import by_family
from nnbench.report.stored import Stored

Legend = list[tuple[str, str, str]]
"""Glyph, colour (empty: the text's) and name."""


@dataclass(frozen=True)
class FigureSpec:
    """A figure: its place in the page, its words, and what draws it."""

    id: str
    title: str
    short: str
    caption: str
    panels: Callable[[Stored], list[Panel]]
    legend: Callable[[Stored], Legend]
    width: str = "full"


@dataclass(frozen=True)
class Drawn:
    """A drawn figure, ready for the page: `panels` are titles, SVG elements, and widths in pixels at which text has
    the size of the page's."""

    spec: FigureSpec
    legend: Legend
    panels: Sequence[tuple[str, str, int]]


def families(frame: pd.DataFrame) -> Legend:
    """Return the families in a frame, in order."""
    return [("●", family_colour(f), f) for f in frame["family"].drop_duplicates()]


def places(stored: Stored, x: str) -> Legend:
    """Return families, and the shapes of backend and device where there are several."""
    drawn = pd.concat(drawn_rows(stored.overview, x))
    found = list(dict.fromkeys(place_of(drawn)))
    shapes = [(GLYPHS[i % len(GLYPHS)], "", place) for i, place in enumerate(found)]
    return families(by_family(drawn)) + (shapes if len(shapes) > 1 else [])


def measured(stored: Stored, metrics: str, *, ending: str = "") -> Legend:
    """Return the families for which metrics of that beginning and ending were measured."""
    names = stored.summary["metric"]
    return families(stored.summary[names.str.startswith(metrics) & names.str.endswith(ending)])


FIGURES = (
    FigureSpec(
        "quality-parameters",
        "Quality against parameters",
        "Parameters",
        "Means with 95 % intervals over seeds, for the datasets that most models were trained on.",
        lambda s: quality_panels(s.overview, "parameters"),
        lambda s: places(s, "parameters"),
    ),
    FigureSpec(
        "quality-throughput",
        "Quality against inference throughput",
        "Throughput",
        "The further up and to the right, the better. Compare throughputs only where the device is the same.",
        lambda s: quality_panels(s.overview, "inference_throughput"),
        lambda s: places(s, "inference_throughput"),
    ),
    FigureSpec(
        "robustness",
        "Clean against attacked and corrupted",
        "Attacks",
        "Accuracy on clean samples, under attacks of the strength that the table states, and on corrupted samples.",
        lambda s: robustness_panels(s.summary),
        lambda s: [*families(attacked(s.summary)), ("○", "", "clean"), *((g, "", n) for g, n in marks(s.summary))],
        "half",
    ),
    FigureSpec(
        "curves",
        "Accuracy by strength of attack",
        "Curves",
        "Means over seeds; the band is the 95 % interval. A net that withstands every strength hides its gradient.",
        lambda s: curve_panels(s.summary),
        lambda s: measured(s, "", ending="_curve"),
    ),
    FigureSpec(
        "adversarial",
        "Adversarial examples",
        "Examples",
        "Of the first seed and the last attack: samples, the change (grey is none, the largest is black or white), and "
        "what the model then gets wrong.",
        lambda s: adversarial_panels(s.artifacts),
        lambda _: [],
        "half",
    ),
    FigureSpec(
        "ood",
        "Out-of-distribution detection",
        "Out of distribution",
        "How well a detector tells another dataset's samples from the test set's: 1 is perfect, one half is chance.",
        lambda s: ood_panels(s.summary),
        lambda s: [*measured(s, "ood_auroc"), *((glyph, "", name) for glyph, name in detectors(s.summary))],
        "half",
    ),
    FigureSpec(
        "detectors",
        "Detectors side by side",
        "Detectors",
        "Mean AUROC over models, sets and seeds, the best of each column in bold. Near sets look like the known data, "
        "far sets do not. Ranks count from 1, the best, and equals share them.",
        lambda s: detector_panels(s.summary),
        lambda _: [],
        "wide",
    ),
    FigureSpec(
        "scores",
        "Scores of known and foreign samples",
        "Scores",
        "Of the first seed and, in each panel, the detector that tells most apart. The less a line overlaps the area, "
        "the better. What lies beyond an axis is counted at its end.",
        lambda s: score_panels(s.artifacts),
        lambda s: score_legend(s.artifacts),
    ),
    FigureSpec(
        "roc",
        "ROC curves",
        "ROC",
        "Of the first seed, against the set that is hardest to tell apart; foreign samples are the positives. The pale "
        "line marks the rate of 95 % at which FPR95 is read; dashed is chance.",
        lambda s: roc_panels(s.artifacts),
        lambda s: roc_legend(s.artifacts),
    ),
    FigureSpec(
        "reliability",
        "Reliability of confidence",
        "Reliability",
        "How often predictions of a confidence are right, over all seeds; on the dashed line they are right as often "
        "as they claim. The larger a mark, the more samples; ECE is their mean distance from the line.",
        lambda s: reliability_panels(s.artifacts),
        lambda s: reliability_legend(s.artifacts),
    ),
    FigureSpec(
        "conformal",
        "Conformal sets",
        "Conformal",
        "Share of test samples whose set of classes holds the true one, with intervals; a promise kept lies at or "
        "right of the dashed line, and not far from it. Rest the pointer on a mark for the size of the sets.",
        lambda s: conformal_panels(s.summary),
        lambda s: [*measured(s, COVERAGE), *((glyph, "", name) for glyph, name in conformal_scores(s.summary))],
        "half",
    ),
    FigureSpec(
        "learning",
        "Learning curves",
        "Learning",
        "Mean training loss by epoch for the datasets with most models; the band spans the seeds. "
        "G is the generator, D the discriminator.",
        lambda s: learning_panels(s.curves, s.overview),
        lambda s: families(by_family(s.curves)),
    ),
    FigureSpec(
        "samples",
        "Generated samples",
        "Samples",
        "Of the first seed. Points: what was made, over real points in grey.",
        lambda s: sample_panels(s.artifacts),
        lambda _: [],
        "half",
    ),
    FigureSpec(
        "phases",
        "Time by phase",
        "Time",
        "Means over seeds. Importing belongs to the worker and is paid once, not once a case.",
        lambda s: phase_panels(s.summary),
        lambda _: [("■", colour, name) for name, colour in PHASES.values()],
        "half",
    ),
)


def draw_figures(stored: Stored) -> list[Drawn]:
    """Draw every figure that has something to show, in the order of `FIGURES`."""
    with drawing():
        return [drawn for spec in FIGURES if (drawn := _draw(spec, stored)).panels]


def _draw(spec: FigureSpec, stored: Stored) -> Drawn:
    panels = spec.panels(stored)
    labels = [f"{spec.title}: {p.title}".rstrip(": ") for p in panels]
    drawings = [(p.title, svg(p, f"{spec.id}-{i}", labels[i]), p.width) for i, p in enumerate(panels)]
    return Drawn(spec, spec.legend(stored) if panels else [], drawings)
