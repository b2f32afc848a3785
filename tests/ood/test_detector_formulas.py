import math

import numpy as np
import pytest
from scipy.special import logsumexp, softmax
from scipy.stats import entropy as scipy_entropy

from nnbench.core.errors import ArgumentError
from nnbench.ood.free_energy import Energy
from nnbench.ood.maximum_logit import MaximumLogit
from nnbench.ood.maximum_softmax_probability import MaximumSoftmaxProbability
from nnbench.ood.softmax_entropy import Entropy

LOGITS = (4 * np.random.default_rng(0).normal(size=(50, 6))).astype(np.float32)
NONE = np.empty((50, 0))


@pytest.mark.parametrize(
    ("detector", "formula"),
    [
        (MaximumSoftmaxProbability(), lambda z: 1 - softmax(z, axis=1).max(axis=1)),
        (MaximumLogit(), lambda z: -z.max(axis=1)),
        (Energy(), lambda z: -logsumexp(z, axis=1)),
        (Energy(temperature=10), lambda z: -10 * logsumexp(z / 10, axis=1)),
        (Entropy(), lambda z: scipy_entropy(softmax(z, axis=1), axis=1)),
    ],
)
def test_formulas(detector, formula):
    np.testing.assert_allclose(detector.score(NONE, LOGITS), formula(LOGITS.astype(float)), rtol=1e-9, atol=1e-12)


def test_softmax_probability_ranks_where_it_rounds_to_one():
    logits = np.array([[0.0, 60.0], [0.0, 70.0]], np.float32)
    np.testing.assert_allclose(MaximumSoftmaxProbability().score(NONE, logits), [math.exp(-60), math.exp(-70)])


@pytest.mark.parametrize("detector", [MaximumSoftmaxProbability(), MaximumLogit(), Energy(), Entropy()])
def test_large_logits_do_not_overflow(detector):
    assert np.isfinite(detector.score(NONE, np.array([[-3e4, 3e4, 0.0]], np.float32))).all()


@pytest.mark.parametrize("temperature", [0, -1, float("nan")])
def test_temperature_is_checked(temperature):
    with pytest.raises(ArgumentError, match="temperature must be above 0"):
        Energy(temperature=temperature)
