"""How far a trained model can be trusted: whether it tells foreign inputs apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nnbench.core.case import Case, derived_seed
from nnbench.core.dataset import DatasetSpec, Splits
from nnbench.core.errors import NotApplicableError
from nnbench.core.measurement import HIGHER, LOWER, Measurement, not_applicable
from nnbench.core.suite import named_evaluations
from nnbench.harness.foreign import out_of_distribution_sets

OOD_SAMPLES = 2000
"""At most so many samples of either side of a comparison."""


def ood_measurements(case: Case, model: Any, splits: Splits) -> list[Measurement]:
    """Return AUROC and FPR95 of each detector of the case, against each out-of-distribution set of the dataset."""
    names = named_evaluations(case.evaluations, "ood")
    reason = _why_no_ood(splits.spec)
    if reason or not names:
        return _no_ood(names, reason)
    try:
        return _told_apart(names, case, model, splits)
    except NotApplicableError as error:
        return _no_ood(names, str(error))


def _told_apart(names: Sequence[str], case: Case, model: Any, splits: Splits) -> list[Measurement]:
    from nnbench.ood import evaluate

    test = splits.test.take(OOD_SAMPLES).x
    foreign = out_of_distribution_sets(splits.spec, test, seed=derived_seed(case.seed, "ood"))
    fit = splits.train.take(OOD_SAMPLES)
    rows = evaluate(model, fit=(fit.x, fit.y), in_distribution=test, out_of_distribution=foreign, detectors=list(names))
    return [m for row in rows.to_dict("records") for m in _ood_row(row)]


def _ood_row(row: Mapping[Any, Any]) -> list[Measurement]:
    auroc, fpr = _ood_names(row["detector"])
    n, against = int(row["n_id"] + row["n_ood"]), row["dataset"]
    low, high = float(row["auroc_low"]), float(row["auroc_high"])
    return [
        Measurement(auroc, float(row["auroc"]), "1", HIGHER, n=n, low=low, high=high, conditions=against),
        Measurement(fpr, float(row["fpr95_oodpos"]), "1", LOWER, n=n, conditions=against),
    ]


def _ood_names(detector: str) -> tuple[str, str]:
    return f"ood_auroc_{detector}", f"ood_fpr95_oodpos_{detector}"


def _no_ood(detectors: Sequence[str], reason: str) -> list[Measurement]:
    metrics = [metric for name in detectors for metric in _ood_names(name)]
    return [not_applicable(metric, reason, better=LOWER if "fpr" in metric else HIGHER) for metric in metrics]


def _why_no_ood(spec: DatasetSpec) -> str:
    if spec.task != "classification":
        return f"the detectors score class logits; {spec.name} is a {spec.task} dataset"
    return "" if spec.out_of_distribution else f"{spec.name} states no out-of-distribution set"
