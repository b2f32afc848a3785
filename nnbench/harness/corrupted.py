"""Accuracy of a trained model on corrupted inputs: over kinds and severities, for each kind, for each severity."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np

from nnbench.core.case import Case, derived_seed
from nnbench.core.dataset import Array, DatasetSpec, Splits
from nnbench.core.measurement import HIGHER, Measurement, not_applicable
from nnbench.core.robustness import CORRUPTIONS
from nnbench.core.suite import CORRUPTED, named_evaluations
from nnbench.metrics.intervals import mean

METRIC = "corruption_accuracy"
CLEAN_METRIC = "corruption_clean_accuracy"


def corruption_measurements(case: Case, predict: Callable[[Array], Array], splits: Splits) -> list[Measurement]:
    """Return accuracy on corrupted test samples, for the evaluations ``corruptions`` and ``corruption:NAME``.

    ``corruption_accuracy`` is the mean over kinds and severities, ``…_by_kind`` over severities, ``…_by_severity`` over
    kinds; ``corruption_clean_accuracy`` is that of the same samples as they are, which relative mCE needs. Intervals
    are over samples, each taken with all its corrupted versions. ``corruptions`` stands for the group that results on
    the dataset's kind are stated over, for images the 15 common ones.

    Args:
        predict: inputs (n, *shape) to logits (n, classes).
    """
    spec, named = splits.spec, named_evaluations(case.evaluations, "corruption")
    if CORRUPTED not in case.evaluations and not named:
        return []
    from nnbench.corruptions import SEVERITIES, standard_corruptions

    kinds = [*(standard_corruptions(spec.kind) if CORRUPTED in case.evaluations else ()), *named]
    reason = _why_not(spec, kinds)
    if reason:
        return [not_applicable(METRIC, reason, better=HIGHER)]
    kinds = list(dict.fromkeys(kinds))
    clean, right = _right(kinds, predict, splits, case)
    what = f"{len(right)} kinds, severities 1-5"
    return [
        _share(METRIC, right.mean(axis=(0, 1)), what),
        _share(CLEAN_METRIC, clean, ""),
        *(_share(f"{METRIC}_by_kind", r.mean(axis=0), kind) for kind, r in zip(kinds, right, strict=True)),
        *(_share(f"{METRIC}_by_severity", right[:, s - 1].mean(axis=0), f"severity {s}") for s in SEVERITIES),
    ]


def _right(kinds: list[str], predict: Callable[[Array], Array], splits: Splits, case: Case) -> tuple[Array, Array]:
    """Return whether each sample is classified right: clean (n,), and corrupted (kinds, severities, n)."""
    from nnbench.corruptions import CLEAN, SEVERITIES, right_answers

    test = splits.test.take(case.recipe.attack_samples)
    found = right_answers(
        lambda x: predict(x).argmax(axis=-1),
        test.x,
        test.y,
        [(CLEAN, 0), *product(kinds, SEVERITIES)],
        bounds=splits.spec.bounds,
        seed=derived_seed(case.seed, "corruption"),
        population=splits.train.x,
    )
    clean, *corrupted = (answers.right for answers in found)
    return clean, np.reshape(corrupted, (len(kinds), len(SEVERITIES), len(test)))


def _why_not(spec: DatasetSpec, kinds: list[str]) -> str:
    if spec.task != "classification":
        return f"accuracy on corrupted inputs needs classes; {spec.name} is a {spec.task} dataset"
    if not kinds:
        return f"no group of corruptions is stated for {spec.kind}"
    wrong = [k for k in kinds if spec.kind not in CORRUPTIONS.get(k).kinds]
    return f"{', '.join(wrong)} does not apply to {spec.kind}" if wrong else ""


def _share(metric: str, shares: Array, conditions: str) -> Measurement:
    """Return the mean of samples' shares (n,) with its interval, which stays between 0 and 1."""
    found = mean(shares.astype(float))
    low, high = (None if end is None else float(np.clip(end, 0, 1)) for end in (found.low, found.high))
    return Measurement(metric, float(found.value), "1", HIGHER, found.n, low, high, conditions)
