import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from nnbench.core.errors import ArgumentError
from nnbench.metrics.bootstrap import bootstrap
from nnbench.metrics.ranking import aupr, auroc, fpr_at_tpr, fpr_at_tpr_estimate
from nnbench.metrics.ranking import roc_curve as exact_roc


def pairs():
    rng = np.random.default_rng(0)
    yield rng.normal(size=200), rng.normal(1, 1, size=150)
    yield rng.integers(0, 4, 90).astype(float), rng.integers(1, 5, 110).astype(float)  # many ties
    yield np.zeros(5), np.ones(3)
    yield np.ones(5), np.zeros(3)
    yield np.zeros(5), np.zeros(3)


def joined(negatives, positives):
    return np.repeat([0, 1], [len(negatives), len(positives)]), np.concatenate([negatives, positives])


@pytest.mark.parametrize(("negatives", "positives"), list(pairs()))
def test_against_sklearn(negatives, positives):
    truth, scores = joined(negatives, positives)
    assert auroc(negatives, positives).value == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)
    assert aupr(negatives, positives) == pytest.approx(average_precision_score(truth, scores), abs=1e-12)
    for tpr in (0.5, 0.8, 0.95, 1.0):
        fprs, tprs, _ = roc_curve(truth, scores, drop_intermediate=False)
        assert fpr_at_tpr(negatives, positives, tpr=tpr) == pytest.approx(fprs[np.argmax(tprs >= tpr)], abs=1e-12)


@pytest.mark.parametrize("count", range(1, 60))
def test_fpr_takes_the_first_threshold_that_reaches_the_rate(count):
    # Every negative sits just below one positive, so that a threshold too far changes the rate.
    positives = np.arange(count, dtype=float)
    negatives = positives - 0.5
    needed = next(k for k in range(1, count + 1) if k / count >= 0.95)
    assert fpr_at_tpr(negatives, positives) == pytest.approx((needed - 1) / count)


def test_delong_variance_by_its_definition():
    negatives, positives = next(iter(pairs()))
    wins = (positives[:, None] > negatives) + 0.5 * (positives[:, None] == negatives)
    variance = wins.mean(1).var(ddof=1) / len(positives) + wins.mean(0).var(ddof=1) / len(negatives)
    got = auroc(negatives, positives)
    assert got.high - got.value == pytest.approx(1.959963984540054 * np.sqrt(variance), rel=1e-12)
    assert got.n == 350


def test_delong_interval_covers():
    rng = np.random.default_rng(0)
    truth = 0.7602499389065233  # Φ(1/√2)
    covered = 0
    for _ in range(400):
        got = auroc(rng.normal(size=60), rng.normal(1, 1, size=60))
        covered += got.low <= truth <= got.high
    assert 0.91 <= covered / 400 <= 0.98


def test_swapping_the_sets_mirrors_the_area():
    negatives, positives = next(iter(pairs()))
    there, back = auroc(negatives, positives), auroc(positives, negatives)
    assert there.value == pytest.approx(1 - back.value)
    assert there.low == pytest.approx(1 - back.high)


def test_one_sample_has_no_interval():
    assert auroc(np.array([0.0]), np.array([1.0, 2.0])) == (1.0, None, None, 3)


@pytest.mark.parametrize("function", [auroc, aupr, fpr_at_tpr, fpr_at_tpr_estimate, exact_roc])
def test_refuses(function):
    with pytest.raises(ArgumentError, match="positives must be finite"):
        function(np.zeros(3), np.array([0.0, np.nan]))
    with pytest.raises(ArgumentError, match="negatives must be"):
        function(np.array([]), np.zeros(2))
    with pytest.raises(ArgumentError, match="positives must be"):
        function(np.zeros(2), np.zeros((2, 2)))


def test_refuses_rates_outside_the_unit_interval():
    with pytest.raises(ArgumentError, match=r"tpr must lie in \(0, 1\]"):
        fpr_at_tpr(np.zeros(2), np.zeros(2), tpr=0.0)


@pytest.mark.parametrize(("negatives", "positives"), list(pairs()))
def test_the_curve_has_every_point(negatives, positives):
    found = exact_roc(negatives, positives)
    fprs, tprs, thresholds = roc_curve(*joined(negatives, positives), drop_intermediate=False)
    np.testing.assert_allclose(found.fpr, fprs, atol=1e-12)
    np.testing.assert_allclose(found.tpr, tprs, atol=1e-12)
    np.testing.assert_array_equal(found.thresholds, thresholds)
    assert np.trapezoid(found.tpr, found.fpr) == pytest.approx(auroc(negatives, positives).value, abs=1e-12)


def test_the_interval_of_the_fpr_is_the_bootstrap_s():
    rng = np.random.default_rng(0)
    sets = rng.normal(size=200), rng.normal(1.5, 1, size=150)
    found = fpr_at_tpr_estimate(*sets, resamples=20_000)
    drawn = bootstrap(fpr_at_tpr, *sets, paired=False, resamples=2000)
    assert found.value == fpr_at_tpr(*sets)
    assert (found.low, found.high) == pytest.approx((drawn.low, drawn.high), abs=0.02)
    assert found == fpr_at_tpr_estimate(*sets, resamples=20_000)
