"""How well a trained model does its task."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnbench.core.dataset import Array, Splits
from nnbench.core.errors import DivergedError, NotApplicableError
from nnbench.core.measurement import Measurement, not_applicable
from nnbench.core.metric import Estimate, MetricSpec, metrics_for

GENERATED = 2500
"""Samples drawn from a generator; the number behind the published mixture results."""

DRAWN = 400
"""Points, and a sixteenth as many images, kept for a report to draw."""


def quality_measurements(task: str, outputs: Array, reference: Any) -> list[Measurement]:
    """Return every registered metric of `task`, or the reason why one does not apply.

    Args:
        outputs: logits, values or generated samples.
        reference: labels, targets or tokens; for generation the `Splits`.

    Raises:
        DivergedError: an output is not finite.
    """
    if not np.isfinite(outputs).all():
        raise DivergedError("the trained model gives outputs that are not finite")
    return [_measure(spec, outputs, reference) for spec in metrics_for(task)]


def _measure(spec: MetricSpec, outputs: Array, reference: Any) -> Measurement:
    try:
        found = spec.compute(outputs, reference)
    except NotApplicableError as reason:
        return not_applicable(spec.name, str(reason), unit=spec.unit, better=spec.better)
    value, low, high, n = found if isinstance(found, Estimate) else (found, None, None, None)
    size = len(outputs) if n is None else n
    return Measurement(spec.name, float(value), spec.unit, spec.better, n=size, low=_number(low), high=_number(high))


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def generated_artifact(samples: Array, splits: Splits) -> dict[str, Any]:
    """Return a few generated and real samples as plain lists, for a report to draw."""
    points = splits.spec.kind == "points"
    n = DRAWN if points else DRAWN // 16
    digits = 3 if points else 2
    artifact = {
        "kind": "points" if points else "image",
        "samples": np.round(samples[:n].astype(float), digits).tolist(),
        "real": np.round(splits.test.x[:n].astype(float), digits).tolist(),
    }
    if "modes" in splits.extras:
        artifact["modes"] = np.asarray(splits.extras["modes"], float).tolist()
    return artifact
