"""Corruptions of signals and tables, by what they say they do."""

import numpy as np
import pytest

from nnbench.corruptions import corrupt


def signals(n=300, length=100):
    return np.cumsum(np.random.default_rng(0).normal(size=(n, length)), axis=1)


def table(n=4000):
    return np.random.default_rng(0).normal(size=(n, 6)) * [1, 2, 3, 4, 5, 6] + 10


@pytest.mark.parametrize(("severity", "share"), [(1, 0.1), (5, 0.8)])
def test_noise_is_a_share_of_the_deviation(severity, share):
    x = signals()
    assert (corrupt(x, "signal_noise", severity) - x).std() == pytest.approx(share * x.std(), rel=0.02)
    x = table()
    found = (corrupt(x, "feature_noise", severity) - x).std(axis=0)
    np.testing.assert_allclose(found, share * x.std(axis=0), rtol=0.05)


def test_population_decides_deviations_and_means():
    x, population = table(50), table() * 3
    noise = corrupt(x, "feature_noise", 5, population=population) - x
    np.testing.assert_allclose(noise.std(axis=0), 0.8 * population.std(axis=0), rtol=0.3)
    imputed = corrupt(x, "missing_values", 5, population=population)
    changed = imputed != x
    np.testing.assert_allclose(imputed[changed], np.broadcast_to(population.mean(axis=0), x.shape)[changed], rtol=1e-6)


def test_spikes_stand_out_by_five_deviations():
    x = signals()
    spikes = corrupt(x, "signal_spikes", 5) - x
    hit = np.abs(spikes) > 1e-9
    assert hit.mean() == pytest.approx(0.1, abs=0.01)
    np.testing.assert_allclose(np.abs(spikes[hit]), 5 * x.std(), rtol=1e-6)


def test_shift_moves_by_a_fifth_and_holds_the_end():
    x = signals()
    y = corrupt(x, "signal_shift", 5)
    later = (y[:, :80] == x[:, 20:]).all(axis=1)
    earlier = (y[:, 20:] == x[:, :80]).all(axis=1)
    assert (later ^ earlier).all()
    assert 0.3 < later.mean() < 0.7
    np.testing.assert_array_equal(y[later, 80:], np.repeat(x[later, -1:], 20, axis=1))


def test_warp_keeps_order_and_ends():
    ramp = np.broadcast_to(np.arange(100.0), (50, 100))
    y = corrupt(ramp, "time_warp", 5)
    assert (np.diff(y, axis=1) >= 0).all()
    np.testing.assert_array_equal(y[:, [0, -1]], ramp[:, [0, -1]])
    assert 4 < np.abs(y - ramp).max() <= 8


def test_gain_is_one_number_per_sample():
    x = signals()
    ratio = corrupt(x, "amplitude_scaling", 3) / x
    np.testing.assert_allclose(ratio.std(axis=1), 0, atol=1e-9)
    assert set(np.round(ratio[:, 0], 6)) == {0.7, 1.3}


def test_drift_is_two_straight_lines():
    x = signals(length=101)
    drift = corrupt(x, "baseline_drift", 5) - x
    bends = np.abs(np.diff(drift, 2, axis=1)) > 1e-9
    assert bends[:, :49].sum() == bends[:, 50:].sum() == 0
    assert drift[:, 0].std() == pytest.approx(2 * x.std(), rel=0.15)


def test_dropout_loses_one_span():
    x = signals()
    lost = corrupt(x, "span_dropout", 5) != x
    assert (lost.sum(axis=1) == 40).all()
    assert (np.abs(np.diff(lost.astype(int), axis=1)).sum(axis=1) <= 2).all()


def test_smoothing_resampling_and_quantisation():
    x = signals()
    smooth = corrupt(x, "signal_smoothing", 1)
    np.testing.assert_allclose(smooth[:, 1:-1], (x[:, :-2] + x[:, 1:-1] + x[:, 2:]) / 3)
    held = corrupt(x, "resampling", 3)
    np.testing.assert_array_equal(held, np.repeat(x[:, ::4], 4, axis=1))
    assert len(np.unique(corrupt(x, "quantisation", 5))) == 2
    assert len(np.unique(corrupt(x, "quantisation", 3))) == 8


def test_shares_of_values_are_lost_replaced_and_scaled():
    x = table()
    assert (corrupt(x, "missing_values", 3) != x).mean() == pytest.approx(0.2, abs=0.01)
    replaced = corrupt(x, "feature_replacement", 5)
    assert (replaced != x).mean() == pytest.approx(0.5, abs=0.01)
    assert all(np.isin(replaced[:, j], x[:, j]).all() for j in range(6))
    ratio = corrupt(x, "unit_errors", 5) / x
    assert np.isclose(ratio, 10).mean() == pytest.approx(0.2, abs=0.01)
    assert (np.isclose(ratio, 10) | (ratio == 1)).all()


def test_columns_swap_in_pairs_for_all_samples():
    x = table(20)
    for severity, moved in ((1, 2), (3, 2), (4, 4), (5, 6)):
        y = corrupt(x, "column_swap", severity)
        same = [[(y[:, i] == x[:, j]).all() for j in range(6)] for i in range(6)]
        order = np.argmax(same, axis=1)
        assert np.sum(order != np.arange(6)) == moved
        np.testing.assert_array_equal(order[order], np.arange(6))


def test_covariate_shift_and_rounding_count_in_deviations():
    x = table()
    shift = corrupt(x, "covariate_shift", 3) - x
    np.testing.assert_allclose(np.abs(shift), np.broadcast_to(x.std(axis=0), x.shape), rtol=1e-6)
    assert (shift.std(axis=0) < 1e-9).all()
    steps = (corrupt(x, "rounded_features", 5) - x.mean(axis=0)) / (2 * x.std(axis=0))
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-5)
