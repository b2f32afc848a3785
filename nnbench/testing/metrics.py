"""The contract of a metric, for the built-in ones and for those of third parties."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from nnbench.core.dataset import Array, DatasetSpec, Split, Splits
from nnbench.core.errors import ArgumentError
from nnbench.core.measurement import HIGHER, LOWER, NEITHER
from nnbench.core.metric import METRICS, Estimate, MetricSpec
from nnbench.core.model import TASKS

N = 24
CLASSES = 5
LENGTH = 6


def check_metric(name: str) -> None:
    """Check that a registered metric does what every other part of nnbench relies on.

    It is described, leaves its inputs alone, repeats exactly, gives a finite value within its interval, does not
    depend on the order of the samples, takes float32 for float64, and refuses NaN.

    Raises:
        AssertionError: the contract is broken; the text says where.
    """
    spec = METRICS.get(name)
    _check_spec(spec)
    rng = np.random.default_rng(0)
    outputs, reference = INPUTS[spec.task](rng)
    estimate = _checked(spec, outputs, reference)
    _same(name, "called again", estimate, _checked(spec, outputs, reference))
    _same(name, "given float64", estimate, _checked(spec, outputs.astype(np.float64), reference), tolerance=1e-5)
    order = rng.permutation(len(outputs))
    shuffled = reference if isinstance(reference, Splits) else reference[order]
    _same(name, "given another order", estimate, _checked(spec, outputs[order], shuffled), tolerance=1e-9)
    _check_refuses_nan(spec, outputs, reference)


def _check_spec(spec: MetricSpec) -> None:
    assert spec.task in TASKS, f"{spec.name}: unknown task {spec.task!r}"
    assert spec.better in (HIGHER, LOWER, NEITHER), f"{spec.name}: better is {spec.better!r}"
    assert spec.summary, f"{spec.name}: has no docstring"
    assert spec.unit, f"{spec.name}: has no unit"


def _checked(spec: MetricSpec, outputs: Array, reference: Any) -> Estimate:
    before = outputs.copy()
    result = spec.compute(outputs, reference)
    estimate = result if isinstance(result, Estimate) else Estimate(float(result))
    np.testing.assert_array_equal(outputs, before, f"{spec.name}: changes its input")
    assert math.isfinite(estimate.value), f"{spec.name}: gives {estimate.value}"
    assert (estimate.low is None) == (estimate.high is None), f"{spec.name}: gives half an interval"
    if estimate.low is not None and estimate.high is not None:
        assert estimate.low <= estimate.value <= estimate.high, f"{spec.name}: value outside its interval"
    return estimate


def _same(name: str, when: str, expected: Estimate, got: Estimate, tolerance: float = 0.0) -> None:
    close = math.isclose(expected.value, got.value, rel_tol=tolerance, abs_tol=tolerance)
    assert close, f"{name}: {expected.value} becomes {got.value} when {when}"


def _check_refuses_nan(spec: MetricSpec, outputs: Array, reference: Any) -> None:
    broken = outputs.copy()
    broken.flat[0] = np.nan
    try:
        spec.compute(broken, reference)
    except ArgumentError:
        return
    raise AssertionError(f"{spec.name}: takes NaN, where ArgumentError is expected")


def _classification(rng: np.random.Generator) -> tuple[Array, Any]:
    return rng.normal(size=(N, CLASSES)).astype(np.float32), rng.integers(0, CLASSES, N)


def _regression(rng: np.random.Generator) -> tuple[Array, Any]:
    targets = rng.normal(size=N).astype(np.float32)
    return targets + rng.normal(size=N).astype(np.float32), targets


def _language(rng: np.random.Generator) -> tuple[Array, Any]:
    return rng.normal(size=(N, LENGTH, CLASSES)).astype(np.float32), rng.integers(0, CLASSES, (N, LENGTH))


def _generation(rng: np.random.Generator) -> tuple[Array, Any]:
    modes = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]], np.float32)
    samples = (modes[rng.integers(0, 3, N)] + rng.normal(size=(N, 2))).astype(np.float32)
    return samples, mixture_splits(modes, 1.0, samples[::-1] + 0.5)


def mixture_splits(modes: Array, sigma: float, test: Array) -> Splits:
    """Return splits of a mixture with `modes` (k, d) and `sigma`, whose test split is `test` (n, d)."""

    def loader(_seed: int) -> Splits:
        return splits

    shape = tuple(test.shape[1:])
    spec = DatasetSpec("mixture", "points", "generation", shape, None, (-9.0, 9.0), "generated", "Apache-2.0", loader)
    split = Split(test, np.zeros(len(test), np.int64))
    splits = Splits(spec, split, split, {"modes": np.asarray(modes), "sigma": np.asarray(sigma)})
    return splits


INPUTS: dict[str, Callable[[np.random.Generator], tuple[Array, Any]]] = {
    "classification": _classification,
    "regression": _regression,
    "language": _language,
    "generation": _generation,
}
