"""Accuracy of a trained model on corrupted inputs: over kinds and severities, for each kind, for each severity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nnbench.core.case import Case, derived_seed
from nnbench.core.dataset import Array, DatasetSpec, Split, Splits
from nnbench.core.measurement import HIGHER, Measurement, not_applicable
from nnbench.core.robustness import CORRUPTIONS
from nnbench.core.suite import CORRUPTED, named_evaluations
from nnbench.metrics.intervals import mean

SEVERITIES = (1, 2, 3, 4, 5)
METRIC = "corruption_accuracy"


def corruption_measurements(case: Case, predict: Callable[[Array], Array], splits: Splits) -> list[Measurement]:
    """Return accuracy on corrupted test samples, for the evaluations ``corruptions`` and ``corruption:NAME``.

    ``corruption_accuracy`` is the mean over kinds and severities, ``…_by_kind`` over severities, ``…_by_severity`` over
    kinds. Intervals are over samples, each taken with all its corrupted versions. ``corruptions`` stands for the group
    that results on the dataset's kind are stated over, for images the 15 common ones.

    Args:
        predict: inputs (n, *shape) to logits (n, classes).
    """
    spec, named = splits.spec, named_evaluations(case.evaluations, "corruption")
    if CORRUPTED not in case.evaluations and not named:
        return []
    from nnbench.corruptions import standard_corruptions

    kinds = [*(standard_corruptions(spec.kind) if CORRUPTED in case.evaluations else ()), *named]
    reason = _why_not(spec, kinds)
    if reason:
        return [not_applicable(METRIC, reason, better=HIGHER)]
    test = splits.test.take(case.recipe.attack_samples)
    kinds = list(dict.fromkeys(kinds))
    right = np.stack([_right(kind, predict, test, splits, case.seed) for kind in kinds])
    what = f"{len(right)} kinds, severities 1-5"
    return [
        _share(METRIC, right.mean(axis=(0, 1)), what),
        *(_share(f"{METRIC}_by_kind", r.mean(axis=0), kind) for kind, r in zip(kinds, right, strict=True)),
        *(_share(f"{METRIC}_by_severity", right[:, s - 1].mean(axis=0), f"severity {s}") for s in SEVERITIES),
    ]


def _right(kind: str, predict: Callable[[Array], Array], test: Split, splits: Splits, seed: int) -> Array:
    """Return (severities, n) whether each sample is classified right."""
    from nnbench.corruptions import corrupt

    common: dict[str, Any] = {"bounds": splits.spec.bounds, "population": splits.train.x}
    versions = [corrupt(test.x, kind, s, derived_seed(seed, "corruption"), **common) for s in SEVERITIES]
    return np.stack([predict(x).argmax(axis=-1) == test.y for x in versions])


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
