import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import kstest

from nnbench.shifts import Draws
from nnbench.shifts._draws import normal_quantiles


def draws(samples, seed=5, name="fog"):
    return Draws(seed, name, np.asarray(samples))


@pytest.mark.parametrize("kind", ["shorts", "uniform", "normal"])
def test_numbers_belong_to_seed_name_stream_and_sample(kind):
    whole = getattr(draws(range(10)), kind)("a", 9)
    np.testing.assert_array_equal(getattr(draws([8, 3, 4]), kind)("a", 9), whole[[8, 3, 4]])
    others = [
        getattr(draws(range(10), seed=6), kind)("a", 9),
        getattr(draws(range(10), name="snow"), kind)("a", 9),
        getattr(draws(range(10)), kind)("b", 9),
        whole[::-1],
    ]
    assert all((other != whole).mean() > 0.9 for other in others)


def test_distributions():
    some = draws(range(100))
    assert kstest(some.uniform("u", 50).ravel(), "uniform").pvalue > 0.01
    assert kstest(some.normal("n", 50).ravel(), "norm").pvalue > 0.01
    counts = np.bincount(some.integers("i", 50, 7).ravel(), minlength=7)
    assert counts.min() > 600
    assert counts.sum() == 5000
    assert set(some.signs("s", 9).ravel().tolist()) == {-1, 1}


def test_what_is_shared_is_the_same_for_every_batch():
    one, two = (draws(samples).shared("columns").random(4) for samples in (range(10), [3]))
    np.testing.assert_array_equal(one, two)


def test_first_words_are_pinned():
    """The bits must be the same on every machine and with every NumPy."""
    np.testing.assert_array_equal(draws([0, 7], seed=1).shorts("a", 4), PINNED)


PINNED = [[13064, 3291, 63002, 3474], [53217, 39607, 20636, 21307]]


def test_normal_quantiles_are_standard_and_far_from_where_rounding_turns():
    table = normal_quantiles().astype(np.float64)
    assert table.mean() == pytest.approx(0, abs=1e-9)
    assert table.var() == pytest.approx(1, abs=1e-5)
    exact = ndtri((np.arange(65536) + 0.5) / 65536)
    steps = 4096 * exact / np.sqrt(np.mean(np.square(exact)))
    assert np.abs(steps - np.floor(steps) - 0.5).min() > 1e-6
