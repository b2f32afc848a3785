import math

import numpy as np
import pytest
from scipy.special import logsumexp, softmax
from scipy.stats import entropy as scipy_entropy

from nnbench.core.errors import ArgumentError
from nnbench.core.robustness import DETECTORS
from nnbench.ood._batches import blocks
from nnbench.ood._largest import largest, sharpening
from nnbench.ood._moments import Whitening, class_means, second_moment
from nnbench.ood._neighbors import Bank
from nnbench.ood._sampled import UNCERTAINTIES
from nnbench.ood.free_energy import Energy
from nnbench.ood.generalized_entropy import GeneralizedEntropy
from nnbench.ood.maximum_logit import MaximumLogit
from nnbench.ood.maximum_softmax_probability import MaximumSoftmaxProbability
from nnbench.ood.simplified_hopfield_energy import SimplifiedHopfieldEnergy
from nnbench.ood.softmax_entropy import Entropy
from nnbench.ood.softmax_margin import SoftmaxMargin

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
        (SoftmaxMargin(), lambda z: 1 - np.diff(np.sort(softmax(z, axis=1))[:, -2:])[:, 0]),
        (GeneralizedEntropy(), lambda z: ((p := softmax(z, axis=1)) * (1 - p)).clip(0) ** 0.1 @ np.ones(6)),
        (
            GeneralizedEntropy(gamma=0.5, top=2),
            lambda z: np.sqrt((p := np.sort(softmax(z, axis=1))[:, -2:]) * (1 - p)).sum(1),
        ),
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


@pytest.mark.parametrize(
    ("name", "options", "text"),
    [
        ("energy", {"temperature": 0}, "temperature must be above 0. Received: 0"),
        ("energy", {"temperature": float("nan")}, "temperature must be above 0. Received: nan"),
        ("gradnorm", {"temperature": -1}, "temperature must be above 0. Received: -1"),
        ("odin", {"noise": -0.1}, "noise must be at least 0. Received: -0.1"),
        ("mahalanobis", {"noise": -0.1}, "noise must be at least 0. Received: -0.1"),
        ("knn", {"k": 0}, "k must be at least 1. Received: 0"),
        ("nnguide", {"bank": 0}, r"bank must lie in \(0, 1\]. Received: 0"),
        ("gen", {"top": 0}, "top must be None or at least 1. Received: 0"),
        ("react", {"percentile": 100}, r"percentile must lie in \[0, 100\). Received: 100"),
        ("scale", {"percentile": -1}, r"percentile must lie in \[0, 100\). Received: -1"),
        ("vim", {"principal": 1.5}, "principal must be a share below 1 or a number of directions. Received: 1.5"),
        ("residual", {"origin": "zero"}, "origin must be 'mean' or 'head'. Received: 'zero'"),
        ("she", {"pattern": "all"}, "pattern must be 'predicted' or 'best'. Received: 'all'"),
        ("she", {"noise": -0.1}, "noise must be at least 0. Received: -0.1"),
        ("fdbd", {"normalizer": "l1"}, "normalizer must be 'distance' or 'norm'. Received: 'l1'"),
        ("gram", {"powers": ()}, r"powers must be one or more integers from 1. Received: \(\)"),
        ("mc_dropout", {"times": 1}, "times must be at least 2. Received: 1"),
        ("ensemble", {"uncertainty": "std"}, "uncertainty must be one of entropy, .* Received: 'std'"),
    ],
)
def test_options_are_checked(name, options, text):
    with pytest.raises(ArgumentError, match=text):
        DETECTORS.get(name).create(**options)


def test_uncertainties_of_several_predictions():
    logits = 3 * np.random.default_rng(1).normal(size=(4, 9, 5))
    p = softmax(logits, axis=-1)
    whole, own = scipy_entropy(p.mean(axis=0), axis=-1), scipy_entropy(p, axis=-1).mean(axis=0)
    expected = {
        "entropy": whole,
        "msp": 1 - p.mean(axis=0).max(axis=-1),
        "mutual_information": whole - own,
        "variance": p.var(axis=0, ddof=1).mean(axis=-1),
        "mean_logits": 1 - softmax(logits.mean(axis=0), axis=-1).max(axis=-1),
    }
    assert set(UNCERTAINTIES) == set(expected)
    for name, scores in expected.items():
        np.testing.assert_allclose(UNCERTAINTIES[name](logits), scores, rtol=1e-9, err_msg=name)


def test_of_equal_features_the_first_are_kept():
    features = np.array([[1, 3, 2, 2, 2, 0], [0, 0, 0, 0, 0, 5]], np.float32)
    kept = [[False, True, True, True, False, False], [True, True, False, False, False, True]]
    np.testing.assert_array_equal(largest(features, 50), kept)


def test_sharpening_stays_finite_for_features_below_zero():
    features = np.array([[-5, 1, -1, -4], [0, 0, 0, 0]], np.float32)
    factors = sharpening(features, largest(features, 50), 50)
    np.testing.assert_allclose(factors[:, 0], np.exp([1, 1]))


def test_blocks_change_nothing(monkeypatch):
    rng = np.random.default_rng(2)
    features, labels = rng.normal(size=(60, 7)).astype(np.float32), np.arange(60) % 3
    bank, whitening = Bank(features), Whitening.of(second_moment(features, features.mean(axis=0)))
    once = bank.kth_largest(features, 5), class_means(features, labels)[1], whitening.matrix
    np.testing.assert_allclose(once[0], np.sort(features @ features.T, axis=1)[:, -5], rtol=1e-5)
    np.testing.assert_allclose(once[1], [features[labels == c].mean(axis=0) for c in range(3)], rtol=1e-5)
    whitened = np.cov(((features - features.mean(axis=0)) @ once[2]).T, bias=True)
    np.testing.assert_allclose(whitened, np.eye(7), atol=1e-5)
    monkeypatch.setitem(blocks.__kwdefaults__, "budget", 4 * 7 * 8)
    again = bank.kth_largest(features, 5), class_means(features, labels)[1]
    np.testing.assert_allclose(again[0], once[0], rtol=1e-5)
    np.testing.assert_allclose(again[1], once[1], rtol=1e-9)
    np.testing.assert_allclose(Whitening.of(second_moment(features, features.mean(axis=0))).matrix, once[2], rtol=1e-6)


def test_directions_without_variance_are_left_out():
    features = np.random.default_rng(3).normal(size=(50, 4)) * [1, 2, 0, 1e-9]
    whitening = Whitening.of(second_moment(features, np.zeros(4)))
    assert whitening.matrix.shape == (4, 2)
    assert np.isfinite(whitening.squared_distances(features + 100, features[:2])).all()


def test_a_class_without_samples_and_one_never_right():
    features, logits = np.eye(3, dtype=np.float32), np.array([[9, 0, 0], [9, 0, 0], [9, 0, 0]], np.float32)
    detector = SimplifiedHopfieldEnergy()
    detector.fit(features, logits, np.array([0, 0, 1]))
    scores = detector.score(np.ones((3, 3), np.float32), 9 * np.eye(3, dtype=np.float32))
    np.testing.assert_allclose(scores, [-1, -1, -1])
    scores = detector.score(np.tile(np.float32([1, 1, 0]), (3, 1)), 9 * np.eye(3, dtype=np.float32))
    np.testing.assert_allclose(scores, [-1, 0, -2 / 3], atol=1e-7)
