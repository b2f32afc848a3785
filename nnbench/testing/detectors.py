"""The contract of a detector, for the built-in ones and for those of third parties."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.lazy import keras
from nnbench.core.robustness import DETECTORS, Detector
from nnbench.ood import FeatureExtractor, FeaturePass, score_detectors
from nnbench.ood._features import LayerRows
from nnbench.ood._scoring import arguments, fit_detector, needs_of

N = 120
SHAPE = (6,)
CLASSES = 3
WIDTH = 8
NARROW = (2, 2)
"""Classes and features of the smallest network."""

FEW = 6
"""Training samples of the smallest network."""


def check_detector(name: str, *, create: Callable[[Any], Detector] | None = None) -> None:
    """Check that a registered detector does what every other part of nnbench relies on.

    It gives one finite score per sample, in float64; scores samples one by one as it scores them together, and in
    batches of any size; leaves what it is given alone; repeats; finds samples on which a classifier's classes are torn
    more foreign than those on which it is sure; and works with two classes, two features and six training samples. One
    that declares its scores ``random`` need not score samples one by one as it scores them together.

    Args:
        name: of the detector.
        create: makes the detector for a classifier, where it does not apply with its defaults.

    Raises:
        AssertionError: the contract is broken; the text says where.
    """
    spec = DETECTORS.get(name)
    assert spec.paper.url, f"{name}: cites nothing"
    make = create or (lambda _: spec.create())
    _check_scores(name, make)
    _check_narrow(name, make)
    _check_separation(name, make(classifier(CLASSES, WIDTH)))


def _check_scores(name: str, make: Callable[[Any], Detector]) -> None:
    detector, other = (make(classifier(CLASSES, WIDTH)) for _ in range(2))
    fit, inside, _ = _passes(needs_of(detector).layers, CLASSES, WIDTH, 2 * N)
    labels = samples(CLASSES)[2][:N]
    for one in (detector, other):
        _fit(name, one, fit, labels)
    scores = _scored(name, detector, inside)
    np.testing.assert_array_equal(scores, _scored(name, detector, inside), f"{name}: does not repeat")
    np.testing.assert_array_equal(scores, _scored(name, other, inside), f"{name}: does not repeat when fitted again")
    if not needs_of(detector).random:
        alone = np.concatenate([_scored(name, detector, inside.rows(slice(i, i + 1))) for i in range(9)])
        np.testing.assert_allclose(alone, scores[:9], rtol=1e-5, atol=1e-6, err_msg=f"{name}: depends on other samples")


def _check_narrow(name: str, make: Callable[[Any], Detector]) -> None:
    detector = make(classifier(*NARROW))
    fit, inside, _ = _passes(needs_of(detector).layers, *NARROW, FEW + N)
    _fit(name, detector, fit, samples(NARROW[0])[2][:FEW])
    _scored(name, detector, inside)


def _check_separation(name: str, detector: Detector) -> None:
    fit, inside, foreign = _passes(needs_of(detector).layers, CLASSES, WIDTH, 2 * N)
    (row,) = score_detectors({name: detector}, (fit, samples(CLASSES)[2][:N]), inside, {"foreign": foreign})
    assert not row.not_applicable, f"{name}: does not apply to a classifier: {row.not_applicable}"
    text = f"AUROC {row.auroc} on samples that are plainly foreign; is a higher score more foreign?"
    assert row.auroc > 0.8, f"{name}: {text}"


@cache
def _passes(layers: LayerRows | None, classes: int, width: int, n: int) -> tuple[FeaturePass, FeaturePass, FeaturePass]:
    """Return the passes of the first n − N known samples, of the N after them, and of foreign ones."""
    extract = FeatureExtractor(classifier(classes, width), batch_size=64, layers=[layers] if layers else [])
    known, foreign, _ = samples(classes)
    return extract(known[: n - N]), extract(known[n - N : n]), extract(foreign)


def _fit(name: str, detector: Detector, given: FeaturePass, labels: Array) -> None:
    before = [array.copy() for array in (*_arrays(given), labels)]
    fit_detector(detector, given, labels)
    _unchanged(name, before, [*_arrays(given), labels])


def _scored(name: str, detector: Detector, given: FeaturePass) -> Array:
    before = [array.copy() for array in _arrays(given)]
    features, needed = arguments(detector, given)
    scores = detector.score(features, given.logits, **needed)
    _unchanged(name, before, _arrays(given))
    assert scores.shape == (len(given),), f"{name}: gives scores of shape {scores.shape}"
    assert scores.dtype == np.float64, f"{name}: gives {scores.dtype}, where float32 would tie what differs"
    assert np.isfinite(scores).all(), f"{name}: gives scores that are not finite"
    return scores


def _arrays(given: FeaturePass) -> list[Array]:
    inner = [part for rows in given.layers.values() if not isinstance(rows, str) for part in rows]
    return [given.features, given.logits, *inner, *([given.probe.x] if given.probe else [])]


def _unchanged(name: str, before: list[Array], after: list[Array]) -> None:
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old, new, f"{name}: changes what it is given")


@cache
def samples(classes: int) -> tuple[Array, Array, Array]:
    """Return 2 N samples near one of the corners, N between and beyond them, and the labels of the former."""
    rng = np.random.default_rng(0)
    labels = np.arange(2 * N) % classes
    known = 3 * np.eye(classes, SHAPE[0])[labels] + 0.2 * rng.normal(size=(2 * N, *SHAPE))
    foreign = np.zeros((N, *SHAPE))
    foreign[:, classes:] = 2
    return known.astype(np.float32), (foreign + 0.2 * rng.normal(size=foreign.shape)).astype(np.float32), labels


@cache
def classifier(classes: int, width: int) -> Any:
    """Return a classifier of the corners whose features also answer to the axes that the corners do not use."""
    inputs = keras.Input(SHAPE)
    features = keras.layers.Dense(width, activation="relu", name="features")
    head = keras.layers.Dense(classes, name="head")
    dropped = keras.layers.Dropout(0.3, seed=0)(features(inputs))
    model = keras.Model(inputs, head(dropped))
    features.set_weights([np.eye(SHAPE[0], width, dtype=np.float32), np.zeros(width, np.float32)])
    head.set_weights([2 * np.eye(width, classes, dtype=np.float32), np.zeros(classes, np.float32)])
    return model
