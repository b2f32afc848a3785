"""The contract of a corruption, for the built-in ones and for those of third parties."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.robustness import CORRUPTIONS, CorruptionSpec
from nnbench.corruptions import corrupt

N = 24
SEVERITIES = (1, 2, 3, 4, 5)
SEEDS = (1, 2, 3)
TOKENS = 50
SLACK = 0.02
"""By this share a higher severity may move samples less than the one below, for want of samples."""


@dataclass(frozen=True)
class Inputs:
    """Samples (n, *shape) of one kind of dataset, their bounds, and whether they are fit to see severities apart."""

    what: str
    x: Array
    bounds: tuple[float, float] | None
    graded: bool = True


def check_corruption(name: str) -> None:
    """Check that a registered corruption does what every other part of nnbench relies on.

    For each of its kinds and several shapes, types and bounds, at each severity: shape and type stay, values are finite
    and within the bounds, the input is left as it was. The highest severity changes the samples. The same seed gives
    the same values; another seed gives others, or the same where nothing is random. What becomes of a sample does not
    depend on its batch, unless the spec says that it does; severity moves samples further, unless the spec says no.

    Raises:
        AssertionError: the contract is broken; the text says where.
    """
    spec = CORRUPTIONS.get(name)
    assert spec.kinds, f"{name}: states no kind"
    assert set(spec.kinds) <= set(INPUTS), f"{name}: unknown kind among {spec.kinds}"
    assert spec.summary, f"{name}: has no docstring"
    assert spec.severity in (None, *SEVERITIES), f"{name}: published at severity {spec.severity}"
    for kind in spec.kinds:
        for inputs in INPUTS[kind]():
            _check_inputs(spec, inputs)
    _check_refusals(spec)


def _check_inputs(spec: CorruptionSpec, inputs: Inputs) -> None:
    what = f"{spec.name} ({inputs.what})"
    before = inputs.x.copy()
    changed = {severity: _run(spec, inputs, severity) for severity in SEVERITIES}
    np.testing.assert_array_equal(inputs.x, before, f"{what}: changes its input")
    for y in changed.values():
        _check_values(what, inputs, y)
    _check_seeds(what, spec, inputs, changed[5])
    if spec.per_sample:
        _check_batches(what, spec, inputs, changed[5])
    if spec.graded and inputs.graded:
        _check_grades(what, inputs.x, changed)


def _check_values(what: str, inputs: Inputs, y: Array) -> None:
    assert y.shape == inputs.x.shape, f"{what}: makes {inputs.x.shape} {y.shape}"
    assert y.dtype == inputs.x.dtype, f"{what}: makes {inputs.x.dtype} {y.dtype}"
    assert np.isfinite(y).all(), f"{what}: gives NaN or infinity"
    low, high = inputs.bounds or (0, TOKENS - 1)
    assert low <= y.min(), f"{what}: leaves the bounds, {y.min()}"
    assert y.max() <= high, f"{what}: leaves the bounds, {y.max()}"


def _check_seeds(what: str, spec: CorruptionSpec, inputs: Inputs, y: Array) -> None:
    np.testing.assert_array_equal(_run(spec, inputs, 5), y, f"{what}: does not repeat with its seed")
    different = {_run(spec, inputs, 5, seed=seed).tobytes() for seed in SEEDS}
    assert len(different) in (1, len(SEEDS)), f"{what}: {len(different)} results of {len(SEEDS)} seeds"


def _check_batches(what: str, spec: CorruptionSpec, inputs: Inputs, y: Array) -> None:
    rows = np.array([7, 3, 4])
    part = corrupt(inputs.x[rows], spec.name, 5, SEEDS[0], bounds=inputs.bounds, samples=rows, population=inputs.x)
    np.testing.assert_array_equal(part, y[rows], f"{what}: depends on the batch")


def _check_grades(what: str, x: Array, changed: dict[int, Array]) -> None:
    distances = [float(np.abs(changed[severity] - x).mean()) for severity in SEVERITIES]
    assert distances[-1] > 0, f"{what}: changes nothing at the highest severity"
    for lower, higher in pairwise(distances):
        assert higher >= lower * (1 - SLACK), f"{what}: severities move samples by {distances}"


def _check_refusals(spec: CorruptionSpec) -> None:
    inputs = INPUTS[spec.kinds[0]]()[0]
    for what, severity in (("severity 0", 0), ("severity 6", 6)):
        try:
            _run(spec, inputs, severity)
        except ArgumentError:
            continue
        raise AssertionError(f"{spec.name}: takes {what}")


def _run(spec: CorruptionSpec, inputs: Inputs, severity: int, seed: int = SEEDS[0]) -> Array:
    return corrupt(inputs.x, spec.name, severity, seed, bounds=inputs.bounds)


def _images() -> list[Inputs]:
    """Return small grey, odd colour, far bounds and bytes, all smooth as photographs are, with some detail."""
    unit = (0.0, 1.0)
    return [
        Inputs("8 × 8 grey", _smooth(8, 8, 1).astype(np.float32), unit, graded=False),
        Inputs("33 × 47 colour", _smooth(33, 47, 3).astype(np.float32), unit),
        Inputs("12 × 9 of two channels in [-2, 6]", _smooth(12, 9, 2) * 8 - 2, (-2.0, 6.0), graded=False),
        Inputs("28 × 28 bytes", np.rint(_smooth(28, 28, 1) * 255).astype(np.uint8), (0, 255), graded=False),
    ]


def _smooth(h: int, w: int, channels: int) -> Array:
    rng = np.random.default_rng(0)
    coarse = rng.uniform(size=(N, -(-h // 4), -(-w // 4), channels))
    large = coarse.repeat(4, axis=1).repeat(4, axis=2)[:, :h, :w]
    return np.asarray(0.1 + 0.6 * large + 0.2 * rng.uniform(size=large.shape))


def _signals() -> list[Inputs]:
    rng = np.random.default_rng(0)
    walks = np.cumsum(rng.normal(size=(N, 40, 2)), axis=1)
    return [
        Inputs("40 points", (walks[..., 0] / 4).astype(np.float32), (-6.0, 6.0)),
        Inputs("40 points of two channels", walks, (-60.0, 60.0)),
    ]


def _tables() -> list[Inputs]:
    rng = np.random.default_rng(0)
    return [Inputs("7 columns", rng.normal(size=(8 * N, 7)).astype(np.float32), (-40.0, 40.0))]


def _tokens() -> list[Inputs]:
    return [
        Inputs("9 tokens", np.random.default_rng(0).integers(0, TOKENS, (N, 9), dtype=np.int32), None, graded=False)
    ]


INPUTS: dict[str, Any] = {"image": _images, "signal": _signals, "table": _tables, "tokens": _tokens}
