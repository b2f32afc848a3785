"""Validation samples are kept from training, and what is fitted on them is measured on the test samples."""

from dataclasses import replace

import numpy as np
import pytest

from nnbench import load_dataset
from nnbench.core.case import Case
from nnbench.core.errors import ArgumentError, UnknownNameError
from nnbench.core.recipe import Recipe
from nnbench.harness.calibrated import NONE, evaluate_calibration, held_out

SPLITS = load_dataset("digits")


def case(*evaluations, share=0.2, seed=0):
    recipe = Recipe(validation_share=share)
    return Case("mlp", "digits", recipe, "tensorflow", "cpu", "float32", seed, evaluations, "0" * 8)


def predict(x):
    """Return logits that know half of the classes too well: a template match."""
    flat = x.reshape(len(x), -1)
    means = np.stack([SPLITS.train.x[SPLITS.train.y == k].reshape(-1, 64).mean(0) for k in range(10)])
    return 8 * (flat @ means.T - np.square(means).sum(1) / 2)


def measured(evaluations, **options):
    own = case(*evaluations, **options)
    splits, validation = held_out(SPLITS, own)
    found = evaluate_calibration(own, predict, splits, validation, predict(splits.test.x))
    return {m.metric: m for m in found.measurements}, found.artifacts["reliability"]


def test_validation_samples_are_not_trained_on():
    splits, validation = held_out(SPLITS, case())
    assert (len(splits.train), len(validation)) == (1150, 288)
    both = np.concatenate([splits.train.x, validation.x]).reshape(1438, -1)
    np.testing.assert_array_equal(np.sort(both, axis=0), np.sort(SPLITS.train.x.reshape(1438, -1), axis=0))
    assert set(validation.y) == set(range(10))
    assert splits.test is SPLITS.test


def test_they_are_drawn_from_the_seed_and_keep_their_order():
    one, again, other = (held_out(SPLITS, case(seed=s))[1].x for s in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()
    place = [np.flatnonzero((SPLITS.train.x == x).all((1, 2, 3)))[0] for x in one[:20]]
    assert place == sorted(place)


def test_without_a_share_nothing_is_kept():
    assert held_out(SPLITS, case(share=0.0)) == (SPLITS, NONE)


def test_scalings():
    rows, drawn = measured(["calibration:temperature", "calibration:isotonic"])
    assert rows["temperature"].value > 1, "the templates are too sure of themselves"
    assert rows["temperature"].n == 288
    assert set(drawn) == {"none", "temperature", "isotonic"}
    before, after = (
        sum(n * abs((a or 0) - (c or 0)) for n, c, a in zip(d["count"], d["confidence"], d["accuracy"], strict=True))
        for d in (drawn["none"], drawn["temperature"])
    )
    assert after < before
    assert rows["ece_temperature"].value == pytest.approx(after / 359, abs=1e-4)
    assert {f"{m}_isotonic" for m in ("accuracy", "nll", "brier", "adaptive_ece", "classwise_ece")} <= set(rows)
    assert rows["accuracy_temperature"].low is not None


def test_conformal_sets():
    rows, _ = measured(["conformal:lac", "conformal:aps"])
    for score in ("lac", "aps"):
        covered = rows[f"conformal_coverage_{score}"]
        assert covered.conditions == "alpha=0.1"
        assert covered.low < 0.9 < covered.high
        assert 0 < rows[f"conformal_set_size_{score}"].value < 10


def test_a_diagram_needs_no_validation_samples():
    rows, drawn = measured([], share=0.0)
    assert not rows
    assert sum(drawn["none"]["count"]) == 359


def test_reasons():
    rows, _ = measured(["calibration:vector", "conformal:lac"], share=0.0)
    assert set(rows) == {"nll_vector", "conformal_coverage_lac", "conformal_set_size_lac"}
    assert "validation_share is 0" in rows["nll_vector"].reason
    diabetes = load_dataset("diabetes")
    own = replace(case("calibration:vector"), dataset="diabetes")
    found = evaluate_calibration(own, predict, diabetes, NONE, np.zeros(89))
    assert "diabetes is a regression dataset" in found.measurements[0].reason
    assert not found.artifacts


def test_refusals():
    with pytest.raises(UnknownNameError, match="Did you mean 'temperature'"):
        measured(["calibration:temperatur"])
    with pytest.raises(ArgumentError, match=r"validation_share must lie in \[0, 1\). Received: 1"):
        Recipe(validation_share=1)
