import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from nnbench.core.errors import ArgumentError, NotApplicableError
from nnbench.metrics.determination import r2
from nnbench.metrics.mean_absolute_error import mae
from nnbench.metrics.root_mean_squared_error import rmse


@pytest.fixture
def outputs():
    rng = np.random.default_rng(0)
    targets = rng.normal(size=100)
    return targets + 0.3 * rng.normal(size=100), targets


@pytest.mark.parametrize(
    ("ours", "sklearns"), [(rmse, root_mean_squared_error), (mae, mean_absolute_error), (r2, r2_score)]
)
def test_against_sklearn(outputs, ours, sklearns):
    values, targets = outputs
    assert ours(values, targets).value == pytest.approx(sklearns(targets, values), abs=1e-12)
    assert ours(values[:, None], targets) == ours(values, targets)


def test_rmse_interval_is_that_of_the_squared_error(outputs):
    values, targets = outputs
    squared = (values - targets) ** 2
    half = 1.959963984540054 * squared.std(ddof=1) / 10
    got = rmse(values, targets)
    assert (got.low, got.high) == pytest.approx((np.sqrt(squared.mean() - half), np.sqrt(squared.mean() + half)))


def test_one_sample_has_no_interval():
    assert rmse([1.0], [3.0]) == (2.0, None, None, 1)
    assert mae([1.0], [3.0]) == (2.0, None, None, 1)


def test_r2_of_equal_targets_is_not_applicable():
    with pytest.raises(NotApplicableError, match="all targets are equal"):
        r2([1.0, 2.0], [3.0, 3.0])


@pytest.mark.parametrize("metric", [rmse, mae, r2])
def test_refuses(metric):
    with pytest.raises(ArgumentError, match="values must be finite"):
        metric([np.nan, 1.0], [1.0, 2.0])
    with pytest.raises(ArgumentError, match=r"Received: \(2, 2\) and \(2,\)"):
        metric(np.zeros((2, 2)), np.zeros(2))
