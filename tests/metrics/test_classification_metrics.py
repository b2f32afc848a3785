import math

import numpy as np
import pytest
from scipy.special import log_softmax as scipy_log_softmax
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, log_loss

from nnbench.core.errors import ArgumentError
from nnbench.metrics.brier_score import brier
from nnbench.metrics.calibration_error import ece
from nnbench.metrics.classification_accuracy import accuracy
from nnbench.metrics.likelihood import nll
from nnbench.metrics.logits import cross_entropies, log_softmax, softmax


@pytest.fixture
def outputs():
    rng = np.random.default_rng(0)
    return (3 * rng.normal(size=(500, 7))).astype(np.float32), rng.integers(0, 7, 500)


def test_accuracy_and_wilson_interval(outputs):
    logits, labels = outputs
    got = accuracy(logits, labels)
    correct = int((logits.argmax(1) == labels).sum())
    interval = binomtest(correct, 500).proportion_ci(method="wilson")
    assert got.value == accuracy_score(labels, logits.argmax(1))
    assert (got.low, got.high) == pytest.approx((interval.low, interval.high), abs=1e-12)
    assert got.n == 500


@pytest.mark.parametrize("correct", [0, 20])
def test_wilson_interval_at_the_ends(correct):
    logits = np.eye(2)[np.zeros(20, int)]
    labels = np.array([0] * correct + [1] * (20 - correct))
    got = accuracy(logits, labels)
    interval = binomtest(correct, 20).proportion_ci(method="wilson")
    assert (got.low, got.high) == pytest.approx((interval.low, interval.high), abs=1e-12)
    assert got.low <= got.value <= got.high


def test_nll_against_sklearn(outputs):
    logits, labels = outputs
    got = nll(logits, labels)
    assert got.value == pytest.approx(log_loss(labels, softmax(logits), labels=range(7)), abs=1e-9)
    each = -scipy_log_softmax(logits.astype(float), axis=1)[np.arange(500), labels]
    assert got.high - got.value == pytest.approx(1.959964 * each.std(ddof=1) / math.sqrt(500), rel=1e-6)


def test_nll_is_exact_for_logits_that_overflow_float32_exponentials():
    logits = np.array([[1000.0, 0.0], [0.0, -1000.0]], np.float32)
    assert nll(logits, np.array([1, 1])).value == 1000.0
    assert np.isfinite(log_softmax(logits)).all()


def test_cross_entropies_do_not_depend_on_the_block(outputs):
    np.testing.assert_array_equal(cross_entropies(*outputs), cross_entropies(*outputs, block=7))


def test_brier_by_hand():
    logits = np.log([[0.7, 0.2, 0.1], [0.2, 0.5, 0.3]])
    expected = [0.3**2 + 0.2**2 + 0.1**2, 0.2**2 + 0.5**2 + 0.7**2]
    assert brier(logits, np.array([0, 2])).value == pytest.approx(np.mean(expected), abs=1e-12)


def test_brier_is_twice_sklearns_for_two_classes():
    from sklearn.metrics import brier_score_loss

    rng = np.random.default_rng(1)
    logits, labels = rng.normal(size=(50, 2)), rng.integers(0, 2, 50)
    expected = 2 * brier_score_loss(labels, softmax(logits)[:, 1])
    assert brier(logits, labels).value == pytest.approx(expected, abs=1e-12)


def test_ece_by_hand():
    confidence = np.array([0.95, 0.95, 0.95, 0.55])
    logits = np.log(np.stack([confidence, 1 - confidence], axis=1))
    labels = np.array([0, 0, 1, 1])
    # Three samples at .95, two right; one at .55, wrong.
    expected = 3 / 4 * abs(2 / 3 - 0.95) + 1 / 4 * 0.55
    assert ece(logits, labels).value == pytest.approx(expected, abs=1e-9)


def test_ece_bins_are_open_at_their_lower_end():
    # The first confidence is exactly .5, the end of (.25, .5]; in one bin with the second the gaps would cancel.
    logits = np.array([[0.0, 0.0], [0.0, np.log(7 / 3)]])
    assert softmax(logits).max(axis=1)[0] == 0.5
    assert ece(logits, np.array([0, 0]), bins=4).value == pytest.approx((0.5 + 0.7) / 2)


def test_ece_against_a_plain_loop(outputs):
    logits, labels = outputs
    confidence, right = softmax(logits).max(1), logits.argmax(1) == labels
    expected = 0.0
    for k in range(15):
        inside = (confidence > k / 15) & (confidence <= (k + 1) / 15)
        if inside.any():
            expected += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    assert ece(logits, labels).value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("metric", [accuracy, nll, brier, ece])
@pytest.mark.parametrize(
    ("logits", "labels", "text"),
    [
        (np.array([[np.nan, 0.0]]), [0], r"logits must be finite. Received: 1 of 2"),
        (np.array([[np.inf, 0.0]]), [0], "logits must be finite"),
        (np.zeros((2, 3)), [0, 3], r"integers from 0 to 2. Received: .*3"),
        (np.zeros((2, 3)), [0, -1], "integers from 0 to 2"),
        (np.zeros((2, 3)), [0, 0.5], "integers from 0 to 2"),
        (np.zeros((2, 3)), [0], r"Received: \(2, 3\) and \(1,\)"),
        (np.zeros((0, 3)), [], "n ≥ 1"),
        (np.zeros((2, 1)), [0, 0], "two or more columns"),
    ],
)
def test_what_cannot_be_measured_is_refused(metric, logits, labels, text):
    with pytest.raises(ArgumentError, match=text):
        metric(logits, np.array(labels))
