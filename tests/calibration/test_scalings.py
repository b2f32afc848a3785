"""Scalings find the optimum, keep what they must keep, and refuse what they cannot use."""

import numpy as np
import pytest
from scipy.optimize import minimize, minimize_scalar
from sklearn.isotonic import IsotonicRegression

from nnbench import calibration
from nnbench.core.errors import ArgumentError, UnknownNameError
from nnbench.metrics.brier_score import brier
from nnbench.metrics.likelihood import nll
from nnbench.metrics.logits import softmax


def overconfident(n=600, classes=4, heat=3.0, seed=0):
    """Logits `heat` times too large, and labels drawn from what they would be without that."""
    rng = np.random.default_rng(seed)
    true = 1.5 * rng.normal(size=(n, classes))
    labels = np.array([rng.choice(classes, p=p) for p in softmax(true)])
    return (heat * true).astype(np.float32), labels


def test_temperature_is_the_optimum():
    logits, labels = overconfident()
    found = calibration.fit_temperature(logits, labels)
    best = minimize_scalar(lambda t: nll(logits / t, labels).value, bounds=(0.1, 20), method="bounded")
    assert found.temperature == pytest.approx(best.x, rel=1e-4)
    assert not found.bounded
    around = [nll(logits.astype(float) / (found.temperature * f), labels).value for f in (0.999, 1, 1.001)]
    assert around[1] < min(around[0], around[2])


def test_temperature_is_recovered_and_scales_with_the_logits():
    logits, labels = overconfident(n=4000)
    temperature = calibration.fit_temperature(logits, labels).temperature
    assert temperature == pytest.approx(3, abs=0.2)
    assert calibration.fit_temperature(2 * logits, labels).temperature == pytest.approx(2 * temperature, rel=1e-6)
    assert calibration.fit_temperature(logits + 50, labels).temperature == pytest.approx(temperature, rel=1e-5)


def test_temperature_changes_no_decision():
    logits, labels = overconfident()
    scaled = calibration.fit_temperature(logits, labels).transform(logits)
    np.testing.assert_array_equal(scaled.argmax(1), logits.argmax(1))
    assert scaled.dtype == np.float64


@pytest.mark.parametrize(("sign", "expected"), [(1, 1.0), (-1, 100.0)], ids=["never wrong", "never right"])
def test_temperature_where_none_is_best(sign, expected):
    logits = sign * 5 * np.eye(3)[[0, 1, 2, 0]]
    found = calibration.fit_temperature(logits, np.array([0, 1, 2, 0]))
    assert found == calibration.TemperatureScaling(expected, bounded=True)


def test_vector_is_the_optimum():
    logits, labels = overconfident()
    logits = logits * np.array([1, 2, 0.5, 1]) + np.array([0, 1, -2, 0.5])
    found = calibration.fit_vector(logits, labels)

    def loss(v):
        return nll(logits * v[:4] + v[4:], labels).value + (np.square(v[:4] - 1).sum() + np.square(v[4:]).sum()) / 1200

    at = np.concatenate([found.scale, found.shift])
    best = minimize(loss, at, method="Nelder-Mead", options={"maxfev": 4000})
    assert loss(at) <= best.fun + 1e-9
    assert loss(at) < loss(np.concatenate([np.ones(4), np.zeros(4)]))
    assert found.shift.mean() == pytest.approx(0, abs=1e-12)
    temperature = calibration.fit_temperature(logits, labels)
    assert nll(found.transform(logits), labels).value < nll(temperature.transform(logits), labels).value


def test_vector_changes_little_where_the_model_is_never_wrong():
    logits = 5 * np.eye(3)[[0, 1, 2, 0]]
    found = calibration.fit_vector(logits, np.array([0, 1, 2, 0]))
    np.testing.assert_allclose(found.scale, 1, atol=0.1)
    np.testing.assert_allclose(found.shift, 0, atol=0.1)


def test_isotonic_is_one_regression_a_class():
    logits, labels = overconfident()
    found = calibration.fit_isotonic(logits, labels)
    p = softmax(logits)
    raw = np.stack([IsotonicRegression().fit(p[:, k], labels == k).predict(p[:, k]) for k in range(4)], axis=1)
    raised = np.maximum(raw, 1 / 604)
    np.testing.assert_allclose(np.exp(found.transform(logits)), raised / raised.sum(1, keepdims=True), atol=1e-9)


def test_isotonic_gives_finite_likelihoods_outside_of_what_it_saw():
    logits, labels = overconfident(n=50)
    scaled = calibration.fit_isotonic(logits, labels).transform(np.array([[900.0, 0, 0, 0], [0.0, 0, 0, 0]]))
    assert np.isfinite(scaled).all()
    np.testing.assert_allclose(np.exp(scaled).sum(1), 1)
    with pytest.raises(ArgumentError, match=r"logits must have 4 classes. Received: \(2, 3\)"):
        calibration.fit_isotonic(logits, labels).transform(np.zeros((2, 3)))


@pytest.mark.parametrize("name", list(calibration.SCALINGS))
def test_every_scaling_helps_an_overconfident_model_on_other_samples(name):
    fit, test = overconfident(n=2000), overconfident(n=2000, seed=1)
    scaling = calibration.fit_scaling(name, *fit)
    before = test[0].copy()
    after = scaling.transform(test[0])
    np.testing.assert_array_equal(test[0], before)
    assert nll(after, test[1]).value < 0.8 * nll(*test).value
    assert brier(after, test[1]).value < brier(*test).value


def test_before_and_after():
    frame = calibration.before_and_after(overconfident(), overconfident(seed=1), scalings=["temperature", "isotonic"])
    assert list(frame.index) == ["none", "temperature", "isotonic"]
    assert list(frame) == ["accuracy", "nll", "brier", "ece", "adaptive_ece", "classwise_ece"]
    assert frame.loc["temperature", "accuracy"] == frame.loc["none", "accuracy"]
    assert (frame.loc["temperature", ["nll", "ece"]] < frame.loc["none", ["nll", "ece"]]).all()


def test_refusals():
    logits, labels = overconfident(n=8)
    with pytest.raises(UnknownNameError, match="Unknown scaling 'temprature'.* Did you mean 'temperature'"):
        calibration.fit_scaling("temprature", logits, labels)
    for fit in calibration.SCALINGS.values():
        with pytest.raises(ArgumentError, match="labels must be integers from 0 to 3. Received: .*4"):
            fit(logits, labels + 4 - labels.min())
        with pytest.raises(ArgumentError, match="logits must be finite"):
            fit(np.full((8, 4), np.nan), labels)
