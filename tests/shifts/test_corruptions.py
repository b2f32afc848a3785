"""Applying corruptions by name, and those that are of no paper."""

import numpy as np
import pytest

from nnbench.core.errors import ArgumentError, UnknownNameError
from nnbench.shifts import corrupt


def table(n=40):
    return np.random.default_rng(1).random((n, 7), dtype=np.float32)


def test_gaussian_noise_has_the_published_deviations():
    x = np.zeros((1000, 50))
    found = [corrupt(x, "gaussian_noise", severity).std() for severity in range(1, 6)]
    np.testing.assert_allclose(found, [0.08, 0.12, 0.18, 0.26, 0.38], rtol=0.02)


def test_uniform_noise_leaves_nothing_at_its_severest():
    x = np.full((500, 20), 0.25)
    y = corrupt(x, "uniform_noise", 5, bounds=(-1.0, 1.0))
    assert not (y == 0.25).any()
    assert y.mean() == pytest.approx(0, abs=0.02)
    assert y.std() == pytest.approx(2 / 12**0.5, rel=0.02)
    assert np.mean(corrupt(x, "uniform_noise", 2, bounds=(-1.0, 1.0)) == 0.25) == pytest.approx(0.6, abs=0.02)


def test_permuted_features_keep_each_distribution_and_lose_their_dependence():
    rng = np.random.default_rng(0)
    x = np.repeat(rng.normal(size=(2000, 1)), 4, axis=1) * [1, 2, 3, 4]
    y = corrupt(x, "permuted_features", 5)
    np.testing.assert_array_equal(np.sort(y, axis=0), np.sort(x, axis=0))
    assert np.abs(np.corrcoef(y.T) - np.eye(4)).max() < 0.1


def test_permuted_features_move_the_share_that_severity_states():
    x = np.random.default_rng(0).random((100, 10))
    for severity in range(1, 6):
        y = corrupt(x, "permuted_features", severity)
        assert (x != y).any(axis=0).sum() == 2 * severity


def test_shuffled_pixels_are_one_permutation_for_all_samples():
    x = np.arange(2 * 36 * 3, dtype=np.float32).reshape(2, 6, 6, 3)
    y = corrupt(x, "shuffled_pixels", 5)
    order = y[0, ..., 0].ravel() / 3
    assert sorted(order) == list(range(36))
    np.testing.assert_array_equal(y.reshape(2, 36, 3), x.reshape(2, 36, 3)[:, order.astype(int)])


def test_without_bounds_nothing_is_clipped():
    x = np.full((100, 5), 10.0)
    assert corrupt(x, "gaussian_noise", 5).max() > 10


@pytest.mark.parametrize("severity", [0, 6, 2.5, "3"])
def test_a_severity_that_there_is_not(severity):
    with pytest.raises(ArgumentError, match=r"severity must be a whole number from 1 to 5\. Received: "):
        corrupt(table(), "gaussian_noise", severity)


def test_bounds_in_the_wrong_order():
    with pytest.raises(ArgumentError, match=r"bounds must be \(low, high\)"):
        corrupt(table(), "gaussian_noise", bounds=(1.0, 0.0))


def test_bounds_that_are_needed():
    with pytest.raises(ArgumentError, match="bounds must be given for uniform_noise"):
        corrupt(table(), "uniform_noise")


def test_a_name_that_there_is_not():
    with pytest.raises(UnknownNameError, match="Did you mean 'gaussian_noise'"):
        corrupt(table(), "gausian_noise")


def test_a_sample_keeps_its_noise_in_any_batch_and_order():
    x = table()
    whole = corrupt(x, "gaussian_noise", 3, 7)
    rows = np.array([5, 30, 31, 2])
    np.testing.assert_array_equal(corrupt(x[rows], "gaussian_noise", 3, 7, samples=rows), whole[rows])
    assert not np.array_equal(corrupt(x[rows], "gaussian_noise", 3, 7), whole[rows])


def test_batches_are_cut_without_a_trace(monkeypatch):
    x = np.random.default_rng(0).integers(0, 256, (9, 28, 28, 1), dtype=np.uint8)
    whole = {name: corrupt(x, name, 5, bounds=(0, 255)) for name in ("snow", "mnist_fog", "motion_blur")}
    monkeypatch.setattr("nnbench.shifts._corrupt.VALUES_AT_ONCE", 2 * 28 * 28)
    for name, y in whole.items():
        np.testing.assert_array_equal(corrupt(x, name, 5, bounds=(0, 255)), y)


def test_severities_share_their_noise():
    x = np.zeros((3, 8))
    noise = [corrupt(x, "gaussian_noise", severity) / c for severity, c in ((1, 0.08), (5, 0.38))]
    np.testing.assert_allclose(noise[0], noise[1], rtol=1e-12)


def test_values_between_levels_are_rounded_and_levels_kept():
    x = np.full((1, 8, 8, 1), 0.5003, np.float32)
    x[0, 0, 0] = np.float32(77 / 255)
    y = corrupt(x, "impulse_noise", 1, bounds=(0, 1))
    assert y[0, 0, 0, 0] == x[0, 0, 0, 0]
    assert y[0, 4, 4, 0] == np.float32(128 / 255)


@pytest.mark.parametrize(
    ("x", "name", "options", "text"),
    [
        (np.zeros((2, 8, 8, 1)), "fog", {}, "bounds must be given for fog"),
        (np.zeros((2, 7, 9, 1)), "fog", {"bounds": (0, 1)}, "at least 8 by 8 for fog"),
        (np.zeros((2, 28, 28)), "fog", {"bounds": (0, 1)}, r"x must be images .*Received: \(2, 28, 28\)"),
        (np.full((2, 8, 8, 1), 1.5), "fog", {"bounds": (0, 1)}, "x must lie within bounds"),
        (np.full((2, 8, 8, 1), np.nan), "fog", {"bounds": (0, 1)}, "x must lie within bounds"),
        (np.zeros((2, 8, 8, 1)), "signal_noise", {}, "x must be signals"),
        (np.zeros((2, 1)), "column_swap", {}, "x must be a table"),
        (np.zeros((2, 5)), "missing_values", {"population": np.zeros((3, 4))}, "population must be"),
        (np.full((2, 5), np.nan), "unit_errors", {}, "x must be finite"),
        (np.full((2, 5), np.inf), "resampling", {}, "x must be finite"),
        (np.zeros((2, 5)), "feature_noise", {"population": np.full((2, 5), np.nan)}, "population must be finite"),
        (np.zeros((2, 5)), "feature_noise", {"samples": np.array([0.5, 1])}, "samples must be 2 whole numbers"),
        (np.zeros((2, 5)), "feature_noise", {"samples": np.array([-1, 1])}, "samples must be 2 whole numbers"),
    ],
)
def test_arrays_that_do_not_fit(x, name, options, text):
    with pytest.raises(ArgumentError, match=text):
        corrupt(x, name, **options)


def test_whole_numbers_are_rounded_and_stay_in_their_type():
    x = np.array([[200, 100, 7, 250]], np.uint8)
    y = corrupt(np.repeat(x, 60, axis=0), "unit_errors", 5)
    assert set(y[:, 0].tolist()) == {200, 255}
    assert set(corrupt(np.repeat(x, 60, axis=0), "amplitude_scaling", 1)[:, 2].tolist()) == {6, 8}


def test_no_samples_give_none():
    assert corrupt(np.empty((0, 8, 8, 3), np.uint8), "fog", bounds=(0, 255)).shape == (0, 8, 8, 3)
