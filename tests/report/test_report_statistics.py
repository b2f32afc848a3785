"""Intervals and verdicts against scipy and against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from nnbench.report.statistics import (
    BETTER,
    INCONCLUSIVE,
    WORSE,
    Difference,
    Interval,
    half_width,
    mean_interval,
    paired_difference,
    verdict,
)


def known(*pairs):
    return [Interval(low, high) for low, high in pairs]


@pytest.mark.parametrize("n", [2, 3, 5, 30])
def test_mean_interval_is_scipys(n):
    values = np.random.default_rng(n).normal(0.9, 0.02, n)
    expected = stats.t.interval(0.95, n - 1, values.mean(), stats.sem(values))
    assert mean_interval(values) == pytest.approx(expected, rel=1e-9)


def test_mean_interval_by_hand():
    # mean .92, standard deviation .02, t(2, .975) = 4.302653: half = 4.302653 × .02 / √3 = .0496827
    assert mean_interval(np.array([0.90, 0.92, 0.94])) == pytest.approx((0.8703173, 0.9696827), abs=1e-6)


def test_one_value_has_no_interval():
    assert not mean_interval(np.array([0.9])).known


def test_half_widths_of_many():
    found = half_width(np.array([0.02, 0.5, 1.0]), np.array([3.0, 5.0, 1.0]))
    assert found[:2] == pytest.approx([0.0496827, 0.6208320], abs=1e-6)
    assert math.isnan(found[2])


def test_paired_difference_is_the_one_sample_interval_of_the_differences():
    rng = np.random.default_rng(0)
    baseline = rng.normal(0.7, 0.05, 6)
    candidate = baseline + rng.normal(0.02, 0.005, 6)
    found = paired_difference(baseline, candidate)
    result = stats.ttest_rel(candidate, baseline).confidence_interval(0.95)
    assert found.value == pytest.approx((candidate - baseline).mean())
    assert found.interval == pytest.approx((result.low, result.high), rel=1e-9)
    assert found.n == 6


def test_pairing_removes_what_seeds_share():
    baseline = np.array([0.70, 0.80, 0.90])
    candidate = baseline + np.array([0.020, 0.021, 0.022])
    assert verdict(paired_difference(baseline, candidate), "higher") == BETTER
    assert verdict(paired_difference(baseline, candidate[::-1].copy()), "higher") == INCONCLUSIVE


def test_one_pair_takes_the_measurements_own_intervals():
    own = (known((0.68, 0.72)), known((0.75, 0.79)))
    found = paired_difference(np.array([0.70]), np.array([0.77]), own)
    assert found.interval == pytest.approx((0.03, 0.11))
    assert verdict(found, "higher") == BETTER
    assert verdict(found, "lower") == WORSE


@pytest.mark.parametrize("touching", [(0.70, 0.78), (0.72, 0.78)])
def test_intervals_that_overlap_are_inconclusive(touching):
    own = (known((0.66, 0.72)), known(touching))
    assert verdict(paired_difference(np.array([0.70]), np.array([0.75]), own), "higher") == INCONCLUSIVE


def test_one_pair_without_intervals_is_inconclusive():
    found = paired_difference(np.array([0.1]), np.array([0.9]), ([Interval(math.nan, math.nan)], known((0.8, 1.0))))
    assert not found.interval.known
    assert verdict(found, "higher") == INCONCLUSIVE


def test_differences_that_do_not_vary_say_nothing_of_seeds():
    baseline, candidate = np.array([0.70, 0.80]), np.array([0.72, 0.82])
    own = (known((0.66, 0.74), (0.76, 0.84)), known((0.68, 0.76), (0.78, 0.86)))
    assert verdict(paired_difference(baseline, candidate, own), "higher") == INCONCLUSIVE
    counts = paired_difference(np.array([410.0, 410.0]), np.array([650.0, 650.0]))
    assert counts.interval == (240, 240)
    assert verdict(counts, "lower") == WORSE


@pytest.mark.parametrize(
    ("low", "high", "better", "expected"),
    [
        (0.1, 0.2, "higher", BETTER),
        (0.1, 0.2, "lower", WORSE),
        (-0.2, -0.1, "higher", WORSE),
        (-0.2, -0.1, "lower", BETTER),
        (-0.1, 0.2, "higher", INCONCLUSIVE),
        (0.0, 0.2, "higher", INCONCLUSIVE),
        (-0.2, 0.0, "lower", INCONCLUSIVE),
        (math.nan, math.nan, "higher", INCONCLUSIVE),
        (0.1, 0.2, "", ""),
    ],
)
def test_verdict(low, high, better, expected):
    assert verdict(Difference((low + high) / 2, Interval(low, high), 3), better) == expected


def test_an_infinite_value_is_inconclusive():
    found = paired_difference(np.array([1.0, math.inf]), np.array([1.5, math.inf]))
    assert verdict(found, "lower") == INCONCLUSIVE


def test_noise_alone_is_called_a_difference_once_in_twenty():
    rng = np.random.default_rng(1)
    sides = rng.normal(size=(2000, 2, 5))
    calls = [verdict(paired_difference(a, b), "higher") != INCONCLUSIVE for a, b in sides]
    assert 0.035 < np.mean(calls) < 0.065
