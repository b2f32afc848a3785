"""Calibration and selective prediction, against their definitions written out."""

import numpy as np
import pytest

from nnbench.core.errors import ArgumentError
from nnbench.metrics import adaptive_ece, augrc, aurc, classwise_ece, ece
from nnbench.metrics.bootstrap import bootstrap
from nnbench.metrics.classification_accuracy import accuracy
from nnbench.metrics.logits import softmax
from nnbench.metrics.ranking import auroc
from nnbench.metrics.reliability import reliability
from nnbench.metrics.risk_coverage import risk_coverage


@pytest.fixture
def outputs():
    rng = np.random.default_rng(0)
    return (2 * rng.normal(size=(301, 5))).astype(np.float32), rng.integers(0, 5, 301)


def test_reliability_gives_the_calibration_error(outputs):
    found = reliability(*outputs)
    assert found.count.sum() == 301
    gaps = np.nan_to_num(found.count * (found.accuracy - found.confidence))
    assert ece(*outputs).value == pytest.approx(np.abs(gaps).sum() / 301, abs=1e-12)
    held = found.count > 0
    assert (np.diff(found.confidence[held]) > 0).all()
    assert np.isnan(found.accuracy[~held]).all()


def test_adaptive_bins_hold_equally_many(outputs):
    logits, labels = outputs
    p = softmax(logits)
    order = np.argsort(p.max(1))
    gap = ((p.argmax(1) == labels) - p.max(1))[order]
    sizes = [21] + [20] * 14
    expected = sum(abs(part.sum()) for part in np.split(gap, np.cumsum(sizes)[:-1])) / 301
    assert adaptive_ece(logits, labels).value == pytest.approx(expected, abs=1e-12)


def test_adaptive_error_of_equal_confidences_does_not_depend_on_their_order():
    logits = np.tile(np.log([0.8, 0.2]), (40, 1))
    labels = np.repeat([0, 1], 20)
    assert adaptive_ece(logits, labels, bins=2).value == pytest.approx(0.3)
    assert adaptive_ece(logits, labels[::-1], bins=2).value == pytest.approx(0.3)


def test_classwise_error_is_the_mean_of_each_class(outputs):
    logits, labels = outputs
    p = softmax(logits)
    total = 0.0
    for k in range(5):
        for low in np.arange(15) / 15:
            inside = (p[:, k] > low) & (p[:, k] <= low + 1 / 15)
            total += abs(((labels == k) - p[:, k])[inside].sum()) / 301
    assert classwise_ece(logits, labels).value == pytest.approx(total / 5, abs=1e-9)


def test_risk_by_hand():
    found = risk_coverage(np.array([0.9, 0.1, 0.6, 0.5]), np.array([0.0, 1, 1, 0]))
    np.testing.assert_allclose(found.coverage, [0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(found.risk, [0, 1 / 2, 1 / 3, 1 / 2])
    np.testing.assert_allclose(found.generalized_risk, [0, 0.25, 0.25, 0.5])
    assert found.aurc == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert found.augrc == pytest.approx((0 / 2 + (0 + 0.25) / 2 + 0.25 + (0.25 + 0.5) / 2) / 4)


@pytest.mark.parametrize("digits", [6, 1], ids=["distinct", "tied"])
def test_augrc_is_what_traub_et_al_derive_from_the_auroc(outputs, digits):
    logits, labels = outputs
    confidence = np.round(softmax(logits).max(1), digits)
    wrong = logits.argmax(1) != labels
    area, rate = auroc(confidence[wrong], confidence[~wrong]).value, wrong.mean()
    expected = (1 - area) * rate * (1 - rate) + rate**2 / 2
    assert risk_coverage(confidence, wrong).augrc == pytest.approx(expected, abs=1e-12)


def test_registered_areas_rank_by_the_highest_probability(outputs):
    logits, labels = outputs
    found = risk_coverage(softmax(logits).max(1), logits.argmax(1) != labels)
    assert aurc(logits, labels).value == pytest.approx(found.aurc, abs=1e-12)
    assert augrc(logits, labels).value == pytest.approx(found.augrc, abs=1e-12)


def test_certainty_beyond_rounding_still_ranks():
    logits = np.array([[50.0, 0.0], [90.0, 0.0], [60.0, 0.0]])  # all round to a probability of 1
    assert aurc(logits, np.array([1, 0, 0])).value == pytest.approx((0 + 0 + 1 / 3) / 3)


def test_areas_where_certainty_says_nothing():
    logits, labels = np.tile([1.0, 0.0], (10, 1)), np.array([0] * 7 + [1] * 3)
    assert aurc(logits, labels).value == pytest.approx(0.3)
    assert augrc(logits, labels).value == pytest.approx(0.15)


def test_bootstrap_covers_and_repeats(outputs):
    found = bootstrap(accuracy, *outputs, resamples=400)
    wilson = accuracy(*outputs)
    assert (found.low, found.high) == pytest.approx((wilson.low, wilson.high), abs=0.012)
    assert found == bootstrap(accuracy, *outputs, resamples=400)
    assert found != bootstrap(accuracy, *outputs, resamples=400, seed=1)
    assert found.n == 301


def test_bootstrap_of_two_sets():
    rng = np.random.default_rng(0)
    sets = rng.normal(size=80), rng.normal(1, 1, size=120)
    found, delong = bootstrap(auroc, *sets, paired=False, resamples=400), auroc(*sets)
    assert (found.low, found.high) == pytest.approx((delong.low, delong.high), abs=0.015)
    assert found.n == 200


def test_refusals(outputs):
    for metric in (ece, adaptive_ece, classwise_ece):
        with pytest.raises(ArgumentError, match="bins must be at least 1. Received: 0"):
            metric(*outputs, bins=0)
    with pytest.raises(ArgumentError, match="confidence and losses must both be"):
        risk_coverage(np.zeros(3), np.zeros(2))
    with pytest.raises(ArgumentError, match=r"equally many where paired. Received: \[3, 2\] rows"):
        bootstrap(np.mean, np.zeros(3), np.zeros(2))
    with pytest.raises(ArgumentError, match="level=1"):
        bootstrap(np.mean, np.zeros(3), level=1)
