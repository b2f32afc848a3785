"""Telling foreign inputs apart: every detector of a case on every set, from one pass over the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from nnbench.core.case import Case, derived_seed
from nnbench.core.dataset import Array, DatasetSpec, Splits
from nnbench.core.errors import MissingDataError, NotApplicableError
from nnbench.core.foreign import GROUPS, foreign_sets
from nnbench.core.measurement import HIGHER, LOWER, Measurement, not_applicable
from nnbench.core.suite import named_evaluations
from nnbench.harness.score_curves import score_artifact
from nnbench.metrics.ranking import aupr, auroc, fpr_at_tpr_estimate

FULL_SPECTRUM = "full_spectrum"

Ends = tuple[float | None, float | None]
"""Low and high end of an interval."""

Scores = dict[str, Array]
"""Set to its scores (n,); the in-distribution set's name is empty."""


@dataclass
class Detected:
    """What detectors gave: measurements, and what a report draws of their scores."""

    measurements: list[Measurement] = field(default_factory=list)
    artifacts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ForeignSet:
    """A set of samples that a case is tried on.

    Attributes:
        label: what it is called in results: its name, after the group that it was asked for by (``near: mnist_5to9``).
        shifted: whether its samples belong to the classes that were learned.
    """

    label: str
    x: Array
    shifted: bool = False


def evaluate_detectors(case: Case, model: Any, splits: Splits) -> Detected:
    """Return AUROC, AUPR (either side as positives) and FPR95 of each detector of the case against each set.

    The sets are those that ``against:SET`` names, and without it the dataset's ``out_of_distribution``.
    """
    names = named_evaluations(case.evaluations, "ood")
    if not names:
        return Detected()
    reason = _why_not(case, splits.spec)
    if reason:
        return Detected(_none(names, reason))
    test = splits.test.take(case.recipe.ood_samples).x
    sets, absent = _sets(case, splits.spec, test)
    lost = [m for label, why in absent.items() for m in _none(names, why, conditions=label)]
    try:
        return _told_apart(names, case, model, splits, test, sets, lost)
    except NotApplicableError as error:
        return Detected(_none(names, str(error)))


def _told_apart(
    names: Sequence[str],
    case: Case,
    model: Any,
    splits: Splits,
    test: Array,
    sets: list[ForeignSet],
    lost: list[Measurement],
) -> Detected:
    from nnbench.ood import evaluate

    fit = splits.train.take(case.recipe.ood_samples)
    asked = named_evaluations(case.evaluations, "preset")
    scores: dict[str, Scores] = {}

    def keep(detector: str, inside: Array, outside: Mapping[str, Array]) -> None:
        scores[detector] = {"": inside, **outside}

    rows = evaluate(
        model,
        fit=(fit.x, fit.y),
        in_distribution=test,
        out_of_distribution={s.label: s.x for s in sets},
        detectors=names,
        preset=asked[0] if asked else None,
        observe=keep,
    )
    found = [m for row in rows.to_dict("records") for m in _measured(row, scores.get(row["detector"], {}))]
    if FULL_SPECTRUM in case.evaluations:
        found += [m for name, own in scores.items() for m in _full_spectrum(name, own, sets)]
    drawn = {name: score_artifact(own) for name, own in scores.items()}
    return Detected([*found, *lost], {"ood_scores": drawn} if drawn else {})


def _measured(row: Mapping[Any, Any], scores: Scores) -> list[Measurement]:
    name, against = str(row["detector"]), str(row["dataset"])
    if row.get("not_applicable"):
        return _none([name], str(row["not_applicable"]), conditions=against)
    n = int(row["n_id"] + row["n_ood"])
    low, high = (float(row[end]) for end in ("auroc_low", "auroc_high"))
    ends: Ends = _UNKNOWN
    if scores:
        estimate = fpr_at_tpr_estimate(scores[""], scores[against])
        ends = estimate.low, estimate.high
    return _measurements(name, against, n, {k: float(row[k]) for k in _COLUMNS}, (low, high), ends)


_UNKNOWN = (None, None)
_COLUMNS = {"auroc": HIGHER, "aupr_oodpos": HIGHER, "aupr_idpos": HIGHER, "fpr95_oodpos": LOWER}


def _measurements(
    name: str,
    conditions: str,
    n: int,
    values: Mapping[str, float],
    auroc_ends: Ends,
    fpr_ends: Ends,
) -> list[Measurement]:
    ends: dict[str, Ends] = {"auroc": auroc_ends, "fpr95_oodpos": fpr_ends}
    return [
        Measurement(f"ood_{column}_{name}", values[column], "1", better, n, *ends.get(column, _UNKNOWN), conditions)
        for column, better in _COLUMNS.items()
    ]


def _full_spectrum(name: str, scores: Scores, sets: list[ForeignSet]) -> list[Measurement]:
    """Return the measurements where shifted samples count as in-distribution, which the classifier should answer too.

    Yang, Zhou & Liu (2022), Full-Spectrum Out-of-Distribution Detection, https://arxiv.org/abs/2204.05306.
    """
    inside = np.concatenate([scores[""], *(scores[s.label] for s in sets if s.shifted)])
    found = []
    for label in (s.label for s in sets if not s.shifted):
        outside = scores[label]
        area, fpr = auroc(inside, outside), fpr_at_tpr_estimate(inside, outside)
        values = {
            "auroc": area.value,
            "aupr_oodpos": aupr(inside, outside),
            "aupr_idpos": aupr(-outside, -inside),
            "fpr95_oodpos": fpr.value,
        }
        n = len(inside) + len(outside)
        conditions = f"full spectrum, {label}"
        found += _measurements(name, conditions, n, values, (area.low, area.high), (fpr.low, fpr.high))
    return found


def _sets(case: Case, spec: DatasetSpec, test: Array) -> tuple[list[ForeignSet], dict[str, str]]:
    """Return the sets of a case, and for those of a group whose data is not here, their labels and the reason."""
    from nnbench.ood import foreign_samples

    seed = derived_seed(case.seed, "ood")
    found, absent = [], {}
    for label, name, group in _names(case, spec):
        try:
            found.append(ForeignSet(label, foreign_samples(name, spec, test, seed=seed), group == "shifted"))
        except MissingDataError as error:
            if not group:
                raise
            absent[label] = f"the data of {name} is not here: {str(error).partition(chr(10))[0]}"
    return found, absent


def _names(case: Case, spec: DatasetSpec) -> list[tuple[str, str, str]]:
    """Return label, name and group of each set of a case; the group is empty where a set was asked for by its name."""
    asked = list(named_evaluations(case.evaluations, "against")) or list(spec.out_of_distribution)
    if FULL_SPECTRUM in case.evaluations and "shifted" not in asked:
        asked.append("shifted")
    preset = "".join(f" (preset {name})" for name in named_evaluations(case.evaluations, "preset"))
    found = []
    for word in asked:
        if word in GROUPS:
            found += [(f"{word}: {name}{preset}", name, word) for name in foreign_sets(spec, word)]
        else:
            found.append((word + preset, word, ""))
    return found


def _why_not(case: Case, spec: DatasetSpec) -> str:
    if spec.task != "classification":
        return f"the detectors score class logits; {spec.name} is a {spec.task} dataset"
    return "" if _names(case, spec) else f"{spec.name} states no out-of-distribution set"


def _none(detectors: Sequence[str], reason: str, *, conditions: str = "") -> list[Measurement]:
    rows = [(f"ood_{column}_{name}", better) for name in detectors for column, better in _COLUMNS.items()]
    return [replace(not_applicable(metric, reason, better=better), conditions=conditions) for metric, better in rows]
