"""The contract of a detector, for the built-in ones and for those of third parties."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.lazy import keras
from nnbench.core.robustness import DETECTORS, Detector
from nnbench.ood import FeaturePass, evaluate, feature_pass

N = 120
SHAPE = (6,)
CLASSES = 3
WIDTH = 8


def check_detector(name: str) -> None:
    """Check that a registered detector does what every other part of nnbench relies on.

    It gives one finite score per sample, in float64; scores samples one by one as it scores them together; leaves what
    it is given alone; repeats; and finds samples on which a classifier's classes are torn more foreign than those on
    which it is sure.

    Raises:
        AssertionError: the contract is broken; the text says where.
    """
    assert DETECTORS.get(name).paper.url, f"{name}: cites nothing"
    model, known, foreign, labels = _classifier(), *_samples()
    fit, inside = feature_pass(model, known[:N]), feature_pass(model, known[N:])
    detector = _fitted(name, fit, labels[:N])
    scores = _scored(name, detector, inside)
    np.testing.assert_array_equal(scores, _scored(name, detector, inside), f"{name}: does not repeat")
    again = _scored(name, _fitted(name, fit, labels[:N]), inside)
    np.testing.assert_array_equal(scores, again, f"{name}: does not repeat when fitted again")
    alone = np.concatenate([detector.score(inside.features[i : i + 1], inside.logits[i : i + 1]) for i in range(9)])
    np.testing.assert_allclose(alone, scores[:9], rtol=1e-5, atol=1e-8, err_msg=f"{name}: depends on other samples")
    frame = evaluate(
        model,
        fit=(known[:N], labels[:N]),
        in_distribution=known[N:],
        out_of_distribution={"foreign": foreign},
        detectors=[name],
    )
    area = frame["auroc"].item()
    assert area > 0.8, f"{name}: AUROC {area} on samples that are plainly foreign; is a higher score more foreign?"


def _fitted(name: str, samples: FeaturePass, labels: Array) -> Detector:
    detector: Detector = DETECTORS.get(name).create()
    before = samples.features.copy(), samples.logits.copy(), labels.copy()
    detector.fit(samples.features, samples.logits, labels)
    _unchanged(name, before, (samples.features, samples.logits, labels))
    return detector


def _scored(name: str, detector: Detector, samples: FeaturePass) -> Array:
    before = samples.features.copy(), samples.logits.copy()
    scores = detector.score(samples.features, samples.logits)
    _unchanged(name, before, (samples.features, samples.logits))
    assert scores.shape == (len(samples),), f"{name}: gives scores of shape {scores.shape}"
    assert scores.dtype == np.float64, f"{name}: gives {scores.dtype}, where float32 would tie what differs"
    assert np.isfinite(scores).all(), f"{name}: gives scores that are not finite"
    return scores


def _unchanged(name: str, before: tuple[Array, ...], after: tuple[Array, ...]) -> None:
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old, new, f"{name}: changes what it is given")


def _samples() -> tuple[Array, Array, Array]:
    """Return samples near one of three corners, samples between and beyond them, and labels of the former."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, CLASSES, 2 * N)
    known = 3 * np.eye(CLASSES, SHAPE[0])[labels] + 0.2 * rng.normal(size=(2 * N, *SHAPE))
    foreign = np.zeros((N, *SHAPE))
    foreign[:, CLASSES:] = 2
    return known.astype(np.float32), (foreign + 0.2 * rng.normal(size=foreign.shape)).astype(np.float32), labels


def _classifier() -> Any:
    """Return a classifier of the three corners whose features also answer to the axes that the corners do not use."""
    inputs = keras.Input(SHAPE)
    features = keras.layers.Dense(WIDTH, activation="relu", name="features")
    head = keras.layers.Dense(CLASSES, name="head")
    model = keras.Model(inputs, head(features(inputs)))
    features.set_weights([np.eye(SHAPE[0], WIDTH, dtype=np.float32), np.zeros(WIDTH, np.float32)])
    head.set_weights([2 * np.eye(WIDTH, CLASSES, dtype=np.float32), np.zeros(CLASSES, np.float32)])
    return model
