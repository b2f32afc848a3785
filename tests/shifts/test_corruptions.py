"""Corruptions: the contract over all, and the definitions one by one."""

import numpy as np
import pytest

from nnbench.core.errors import ArgumentError, UnknownNameError
from nnbench.core.robustness import CORRUPTIONS
from nnbench.shifts import corrupt

BOUNDS = (0.0, 1.0)
SHAPES = {"image": (8, 8, 3), "signal": (20,), "table": (7,), "tokens": (9,)}
CASES = [(name, kind) for name in CORRUPTIONS for kind in CORRUPTIONS.get(name).kinds]


def batch(kind, n=40):
    rng = np.random.default_rng(1)
    shape = (n, *SHAPES[kind])
    return rng.integers(0, 50, shape, dtype=np.int32) if kind == "tokens" else rng.random(shape, dtype=np.float32)


def bounds_of(kind):
    return None if kind == "tokens" else BOUNDS


@pytest.mark.parametrize("severity", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(("name", "kind"), CASES)
def test_contract(name, kind, severity):
    x, bounds = batch(kind), bounds_of(kind)
    original = x.copy()
    y = corrupt(x, name, severity, 3, bounds=bounds)
    np.testing.assert_array_equal(x, original, "the input is left as it was")
    assert y.shape == x.shape
    assert y.dtype == x.dtype
    assert np.isfinite(y).all()
    assert y.min() >= (0 if bounds is None else bounds[0])
    assert y.max() <= (49 if bounds is None else bounds[1])
    assert not np.array_equal(x, y)
    np.testing.assert_array_equal(y, corrupt(x, name, severity, 3, bounds=bounds))
    assert not np.array_equal(y, corrupt(x, name, severity, 4, bounds=bounds))


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_severity_grows(name, kind):
    x, bounds = batch(kind, 200).astype(np.float64), bounds_of(kind)
    changes = [np.abs(corrupt(x, name, severity, bounds=bounds) - x).mean() for severity in range(1, 6)]
    assert changes == sorted(changes)
    assert changes[4] > 1.5 * changes[0]


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
        corrupt(batch("table"), "gaussian_noise", severity)


def test_bounds_in_the_wrong_order():
    with pytest.raises(ArgumentError, match=r"bounds must be \(low, high\)"):
        corrupt(batch("table"), "gaussian_noise", bounds=(1.0, 0.0))


def test_bounds_that_are_needed():
    with pytest.raises(ArgumentError, match="bounds must be given for uniform_noise"):
        corrupt(batch("table"), "uniform_noise")


def test_a_name_that_there_is_not():
    with pytest.raises(UnknownNameError, match="Did you mean 'gaussian_noise'"):
        corrupt(batch("table"), "gausian_noise")
