import math

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import energy_distance as scipy_energy_distance

from nnbench.core.dataset import Splits
from nnbench.core.errors import ArgumentError, NotApplicableError
from nnbench.metrics.energy_statistic import energy_distance
from nnbench.metrics.mode_coverage import modes_covered
from nnbench.metrics.mode_divergence import reverse_kl
from nnbench.metrics.sample_quality import high_quality_share
from nnbench.testing.metrics import mixture_splits

MODES = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])
SIGMA = 0.5


@pytest.fixture
def splits():
    return mixture_splits(MODES, SIGMA, np.zeros((5, 2), np.float32))


def test_by_hand(splits):
    samples = np.array([[0.0, 1.49], [0.0, 1.51], [10.0, 0.1], [10.0, 0.0], [9.0, 0.0], [5.0, 5.0]])
    # Good: one at the first mode, three at the second; 1.51 > 3σ and the last are not.
    assert modes_covered(samples, splits).value == 2
    assert high_quality_share(samples, splits).value == pytest.approx(4 / 6)
    expected = 0.25 * math.log(0.25 * 4) + 0.75 * math.log(0.75 * 4)
    assert reverse_kl(samples, splits).value == pytest.approx(expected)


def test_a_sample_at_exactly_three_sigma_is_not_good(splits):
    assert modes_covered(np.array([[0.0, 1.5]]), splits).value == 0


def test_the_mixture_itself(splits):
    rng = np.random.default_rng(0)
    samples = MODES[rng.integers(0, 4, 20_000)] + SIGMA * rng.normal(size=(20_000, 2))
    share = high_quality_share(samples, splits)
    assert share.low < 1 - math.exp(-4.5) < share.high
    assert modes_covered(samples, splits).value == 4
    assert reverse_kl(samples, splits).value < 1e-3


def test_collapse_to_one_mode(splits):
    samples = np.zeros((10, 2))
    assert modes_covered(samples, splits).value == 1
    assert reverse_kl(samples, splits).value == pytest.approx(math.log(4))


def test_no_good_sample(splits):
    samples = np.full((3, 2), 5.0)
    assert modes_covered(samples, splits).value == 0
    assert high_quality_share(samples, splits).value == 0
    with pytest.raises(NotApplicableError, match="no sample lies within 3σ"):
        reverse_kl(samples, splits)


@pytest.mark.parametrize("metric", [modes_covered, high_quality_share, reverse_kl])
def test_data_without_modes(metric, splits):
    with pytest.raises(NotApplicableError, match="'mixture' is not a mixture with known modes"):
        metric(np.zeros((3, 2)), Splits(splits.spec, splits.train, splits.test))


@pytest.mark.parametrize("metric", [modes_covered, high_quality_share, reverse_kl, energy_distance])
def test_refuses(metric, splits):
    with pytest.raises(ArgumentError, match="finite"):
        metric(np.array([[np.nan, 0.0]]), splits)
    with pytest.raises(ArgumentError, match=r"Received: \(3, 5\)"):
        metric(np.zeros((3, 5)), splits)


def test_energy_distance_in_one_dimension_is_scipys_squared():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(70, 1)), rng.normal(1, 2, size=(90, 1))
    got = energy_distance(x, mixture_splits(np.zeros((1, 1)), 1.0, y)).value
    assert got == pytest.approx(scipy_energy_distance(x[:, 0], y[:, 0]) ** 2, rel=1e-6)


def test_energy_distance_of_images_against_plain_distances():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(600, 3, 4)), 50 + rng.normal(1, 2, size=(40, 3, 4))
    a, b = x.reshape(600, -1), y.reshape(40, -1)
    expected = 2 * cdist(a, b).mean() - cdist(a, a).mean() - cdist(b, b).mean()
    assert energy_distance(x, mixture_splits(np.zeros((1, 1)), 1.0, y)).value == pytest.approx(expected, rel=1e-9)


def test_energy_distance_of_equal_samples_is_zero():
    x = np.random.default_rng(0).normal(size=(20, 2))
    assert energy_distance(x, mixture_splits(np.zeros((1, 2)), 1.0, x)).value == pytest.approx(0, abs=1e-6)
