"""How far a classifier's confidence can be trusted: calibration before and after a scaling, and conformal sets."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnbench.core.case import Case, derived_seed
from nnbench.core.dataset import Array, Split, Splits
from nnbench.core.measurement import LOWER, NEITHER, Measurement, not_applicable
from nnbench.core.metric import METRICS
from nnbench.core.suite import named_evaluations
from nnbench.metrics.reliability import reliability

ALPHA = 0.1
"""The chance of missing the true class that conformal sets are asked for."""

NONE = Split(np.zeros((0,)), np.zeros((0,), np.int64))


@dataclass
class Calibrated:
    """Measurements, and what a report draws of them."""

    measurements: list[Measurement] = field(default_factory=list)
    artifacts: dict[str, Any] = field(default_factory=dict)


def held_out(splits: Splits, case: Case) -> tuple[Splits, Split]:
    """Return the splits without the validation samples that the recipe asks for, and these; they keep their order."""
    train, share = splits.train, case.recipe.validation_share
    if not share:
        return splits, NONE
    n = len(train)
    chosen = np.zeros(n, bool)
    kept = max(1, round(share * n))
    chosen[np.random.default_rng(derived_seed(case.seed, "validation")).permutation(n)[:kept]] = True
    rest = Split(train.x[~chosen], train.y[~chosen])
    return Splits(splits.spec, rest, splits.test, splits.extras), Split(train.x[chosen], train.y[chosen])


def evaluate_calibration(
    case: Case, predict: Callable[[Any], Array], splits: Splits, validation: Split, outputs: Array | None
) -> Calibrated:
    """Return the measurements of every scaling and conformal score of a case.

    Args:
        predict: the model's outputs of samples.
        validation: samples that the model was not trained on; none where the recipe keeps none.
        outputs: of the test samples, where they are known already.
    """
    scalings = named_evaluations(case.evaluations, "calibration")
    scores = named_evaluations(case.evaluations, "conformal")
    classifies = splits.spec.task == "classification"
    if not classifies or not (scalings or scores or outputs is not None):
        why = f"calibration is of class probabilities; {splits.spec.name} is a {splits.spec.task} dataset"
        return Calibrated(_none(scalings, scores, why))
    logits = predict(splits.test.x) if outputs is None else outputs
    found = Calibrated(artifacts={"reliability": {"none": _diagram(logits, splits.test.y)}})
    if not len(validation):
        why = "the recipe keeps no validation samples to fit on (validation_share is 0)"
        found.measurements += _none(scalings, scores, why)
    elif scalings or scores:
        fit = predict(validation.x), validation.y
        _add_scalings(found, scalings, fit, (logits, splits.test.y))
        _add_conformal(found, scores, fit, (logits, splits.test.y), case.seed)
    return found


def _add_scalings(
    found: Calibrated, names: tuple[str, ...], fit: tuple[Array, Array], test: tuple[Array, Array]
) -> None:
    from nnbench.calibration import TemperatureScaling, fit_scaling
    from nnbench.calibration.before_and_after import MEASURED

    for name in names:
        scaling = fit_scaling(name, *fit)
        scaled = scaling.transform(test[0])
        for metric in MEASURED:
            spec = METRICS.get(metric)
            value, *ends = spec.compute(scaled, test[1])
            found.measurements.append(
                Measurement(f"{metric}_{name}", float(value), spec.unit, spec.better, len(scaled), *ends[:2])
            )
        if isinstance(scaling, TemperatureScaling):
            bounded = "no temperature is best" if scaling.bounded else ""
            found.measurements.append(
                Measurement("temperature", scaling.temperature, "1", NEITHER, len(fit[0]), conditions=bounded)
            )
        found.artifacts["reliability"][name] = _diagram(scaled, test[1])


def _add_conformal(
    found: Calibrated, names: tuple[str, ...], fit: tuple[Array, Array], test: tuple[Array, Array], seed: int
) -> None:
    from nnbench.calibration import coverage, fit_conformal, mean_set_size

    conditions = f"alpha={ALPHA:g}"
    for name in names:
        conformal = fit_conformal(*fit, alpha=ALPHA, score=name, seed=derived_seed(seed, "conformal", "fit"))
        sets = conformal.sets(test[0], seed=derived_seed(seed, "conformal", "test"))
        share, size = coverage(sets, test[1]), mean_set_size(sets)
        found.measurements += [
            # Neither is better: what was asked for is 1 − alpha.
            Measurement(_COVERAGE + name, share.value, "1", NEITHER, share.n, share.low, share.high, conditions),
            Measurement(_SIZE + name, size.value, "1", LOWER, size.n, size.low, size.high, conditions),
        ]


_COVERAGE, _SIZE = "conformal_coverage_", "conformal_set_size_"


def _none(scalings: tuple[str, ...], scores: tuple[str, ...], reason: str) -> list[Measurement]:
    scaled = [not_applicable(f"nll_{name}", reason, unit="nat", better=LOWER) for name in scalings]
    covered = [not_applicable(_COVERAGE + name, reason) for name in scores]
    return [*scaled, *covered, *(not_applicable(_SIZE + name, reason, better=LOWER) for name in scores)]


def _diagram(logits: Array, labels: Array) -> dict[str, list[Any]]:
    """Return a reliability diagram as plain data; a bin without a sample has None."""
    found = reliability(logits, labels)

    def plain(values: Array) -> list[float | None]:
        return [None if math.isnan(v) else round(float(v), 5) for v in values]

    return {
        "count": found.count.tolist(),
        "confidence": plain(found.confidence),
        "accuracy": plain(found.accuracy),
    }
