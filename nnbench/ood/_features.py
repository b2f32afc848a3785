"""One pass over the data: the penultimate features and the logits that every detector shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError, NotApplicableError
from nnbench.core.lazy import keras
from nnbench.metrics.arrays import finite
from nnbench.metrics.logits import look_like_probabilities, require_logits
from nnbench.runtime.engine import engine

FEATURE_LAYER = "features"


@dataclass(frozen=True)
class FeaturePass:
    """What detectors see of n samples.

    Attributes:
        logits: (n, classes), finite.
        features: (n, d), finite; of no width where only logits are at hand.
    """

    logits: Array
    features: Array

    @classmethod
    def of_logits(cls, logits: Array) -> FeaturePass:
        """Return a pass that has logits (n, classes) alone, enough for detectors that score these.

        Raises:
            ArgumentError: other shapes, NaN or infinite logits, or probabilities in place of logits.
        """
        return cls(_checked_logits(logits), np.empty((len(logits), 0), np.float32))

    def __len__(self) -> int:
        return len(self.logits)


def feature_pass(model: Any, x: Array, *, feature_layer: str | None = None, batch_size: int = 128) -> FeaturePass:
    """Pass `x` once through a classifier, with ``training=False``.

    Args:
        model: a built Functional or Sequential model that gives logits (n, classes).
        x: (n, *shape) inputs, n ≥ 1.
        feature_layer: the layer whose output, flattened, is the features; by default the one named ``"features"``,
            and where there is none what the last layer is given.
        batch_size: samples per pass; changes the speed alone.

    Raises:
        ArgumentError: no such layer, no sample, or a model that gives probabilities, NaN or infinity.
        NotApplicableError: the model is not a classifier with a graph.
    """
    return FeatureExtractor(model, feature_layer=feature_layer, batch_size=batch_size)(x)


class FeatureExtractor:
    """Passes several sets of samples through one compiled model; arguments and errors are `feature_pass`'s."""

    def __init__(self, model: Any, *, feature_layer: str | None = None, batch_size: int = 128) -> None:
        _require_classifier(model)
        require_logits(model)
        if batch_size < 1:
            raise ArgumentError(f"batch_size must be at least 1. Received: {batch_size}.")
        both = keras.Model(model.inputs[0], [_features_of(model, feature_layer), model.outputs[0]])
        self._run = engine().forward(both)
        self._integers = "int" in model.inputs[0].dtype
        self._batch_size = batch_size

    def __call__(self, x: Array) -> FeaturePass:
        """Return the pass of `x` (n, *shape)."""
        x = np.asarray(x, np.int32 if self._integers else np.float32)
        if not len(x):
            raise ArgumentError("x must hold at least one sample. Received: none.")
        parts = [self._batch(x[start : start + self._batch_size]) for start in range(0, len(x), self._batch_size)]
        features, logits = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        return FeaturePass(_checked_logits(logits), finite("the model's features", features))

    def _batch(self, x: Array) -> tuple[Array, Array]:
        n = len(x)
        if n < self._batch_size:  # padded, so that the last batch needs no compilation of its own
            x = np.concatenate([x, np.repeat(x[-1:], self._batch_size - n, axis=0)])
        features, logits = (keras.ops.convert_to_numpy(t)[:n] for t in self._run(x))
        return np.asarray(features, np.float32).reshape(n, -1), np.asarray(logits, np.float32)


def _features_of(model: Any, feature_layer: str | None) -> Any:
    name = feature_layer or FEATURE_LAYER
    found = [layer for layer in model.layers if layer.name == name]
    if found:
        return found[0].output
    if feature_layer is not None:
        known = ", ".join(layer.name for layer in model.layers)
        raise ArgumentError(f"feature_layer must be one of {known}. Received: {feature_layer!r}.")
    given = keras.tree.flatten(model.layers[-1].input)
    if len(given) != 1:
        raise ArgumentError(f"feature_layer must be stated: the last layer of {model.name!r} takes several inputs.")
    return given[0]


def _require_classifier(model: Any) -> None:
    inputs, outputs = getattr(model, "inputs", None), getattr(model, "outputs", None)
    if not inputs or not outputs or len(inputs) != 1 or len(outputs) != 1:
        raise NotApplicableError(f"detectors need a built model of one input and one output; {model.name!r} is not.")
    shape = outputs[0].shape
    if len(shape) != 2 or (shape[-1] or 0) < 2:
        raise NotApplicableError(
            f"detectors need logits (n, classes) of two or more classes; {model.name!r} gives {shape}."
        )


def _checked_logits(logits: Array) -> Array:
    logits = np.asarray(logits)
    if logits.ndim != 2 or logits.shape[1] < 2:
        raise ArgumentError(f"logits must be (n, classes) with two or more classes. Received: {logits.shape}.")
    if len(logits) and look_like_probabilities(finite("the model's logits", logits)):
        raise ArgumentError(
            "model must give logits, the values before the softmax. Received: outputs that lie in [0, 1] and sum to 1."
        )
    return logits
