"""Sets cover what they promise, whatever the model, and are what the papers define."""

import math

import numpy as np
import pytest

from nnbench import calibration
from nnbench.calibration.conformal import conformal_quantile
from nnbench.core.errors import ArgumentError, UnknownNameError
from nnbench.metrics.logits import softmax


def samples(n, seed, classes=6):
    rng = np.random.default_rng(seed)
    logits = 2 * rng.normal(size=(n, classes))
    return 4 * logits, np.array([rng.choice(classes, p=p) for p in softmax(logits)])  # far too sure of itself


def test_the_quantile_is_that_of_finite_samples():
    scores = np.arange(1.0, 20.0)
    assert conformal_quantile(scores, 0.1) == 18  # ⌈20 · .9⌉
    assert conformal_quantile(scores, 0.05) == 19
    assert conformal_quantile(scores, 0.04) == math.inf
    assert conformal_quantile(np.arange(1.0, 100.0), 0.1) == 90, "100 · (1 − .1) is not 90 in binary, and is meant"


@pytest.mark.parametrize("score", list(calibration.SCORES))
@pytest.mark.parametrize("alpha", [0.1, 0.3])
def test_coverage_holds_on_average_and_is_tight(score, alpha):
    n, rounds, found = 60, 150, []
    logits, labels = samples(rounds * (n + 60), seed=3)
    for i in range(rounds):
        part = slice(i * (n + 60), (i + 1) * (n + 60))
        z, y = logits[part], labels[part]
        conformal = calibration.fit_conformal(z[:n], y[:n], alpha=alpha, score=score, seed=2 * i)
        found.append(calibration.coverage(conformal.sets(z[n:], seed=2 * i + 1), y[n:]).value)
    slack = 4 * math.sqrt(alpha * (1 - alpha) / rounds * (1 / n + 1 / 60))
    assert 1 - alpha - slack < np.mean(found) < 1 - alpha + 1 / (n + 1) + slack


def test_scores_by_hand():
    p = np.array([[0.5, 0.3, 0.2]])
    found = {name: score(p, np.array([0.4]))[0] for name, score in calibration.SCORES.items() if name != "raps"}
    np.testing.assert_allclose(found["lac"], [0.5, 0.7, 0.8])
    np.testing.assert_allclose(found["aps"], [0.2, 0.62, 0.88])
    raps = calibration.SCORES["raps"](p, np.array([0.4]), penalty=0.1, free=1)[0]
    np.testing.assert_allclose(raps, [0.2, 0.72, 1.08])


def test_adaptive_scores_stay_with_their_class():
    p = np.array([[0.2, 0.5, 0.3]])
    np.testing.assert_allclose(calibration.SCORES["aps"](p, np.ones(1))[0], [1.0, 0.5, 0.8])


def test_sets_without_chance_are_larger():
    z, y = samples(400, seed=0)
    plain = calibration.fit_conformal(z[:200], y[:200], score="aps", randomized=False).sets(z[200:])
    broken = calibration.fit_conformal(z[:200], y[:200], score="aps").sets(z[200:])
    assert calibration.mean_set_size(plain).value > calibration.mean_set_size(broken).value


def test_a_surer_promise_gives_larger_sets():
    z, y = samples(600, seed=0)
    sizes = [
        calibration.mean_set_size(calibration.fit_conformal(z[:300], y[:300], alpha=a).sets(z[300:])).value
        for a in (0.3, 0.1, 0.02)
    ]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[2]


def test_too_few_samples_give_the_set_of_all():
    z, y = samples(5, seed=0)
    conformal = calibration.fit_conformal(z, y, alpha=0.1)
    assert conformal.threshold == math.inf
    assert conformal.sets(z).all()


def test_refusals():
    z, y = samples(20, seed=0)
    with pytest.raises(UnknownNameError, match="Unknown score 'rasp'; there are lac, aps, raps. Did you mean 'raps'"):
        calibration.fit_conformal(z, y, score="rasp")
    with pytest.raises(ArgumentError, match=r"alpha must lie in \(0, 1\). Received: 1"):
        calibration.fit_conformal(z, y, alpha=1)
    with pytest.raises(ArgumentError, match="penalty and free must be at least 0"):
        calibration.fit_conformal(z, y, score="raps", penalty=-1)
    with pytest.raises(ArgumentError, match=r"sets must be \(n, classes\)"):
        calibration.coverage(np.ones((3, 2), bool), y)
    with pytest.raises(ArgumentError, match=r"logits must be \(n, classes\)"):
        calibration.fit_conformal(z, y).sets(np.zeros(3))
