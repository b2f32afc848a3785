"""One pass over the data: the penultimate features and the logits that every detector shares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError, NotApplicableError
from nnbench.core.lazy import keras
from nnbench.core.robustness import LinearHead
from nnbench.metrics.arrays import finite
from nnbench.metrics.logits import look_like_probabilities, require_logits
from nnbench.ood._batches import blocks, in_batches
from nnbench.ood._head import find_head, same_values
from nnbench.ood._layers import inner_activations
from nnbench.ood._probe import Passes, Probe
from nnbench.runtime.engine import engine

FEATURE_LAYER = "features"

LAYER_BYTES = 2**30
"""At most so much is kept of inner layers per set."""

LayerRows = Callable[[Any], Any]
"""See `nnbench.core.robustness.Needs.layers`."""


@dataclass(frozen=True)
class FeaturePass:
    """What detectors see of n samples.

    Attributes:
        logits: (n, classes), finite.
        features: (n, d), finite; of no width where only logits are at hand.
        head: the linear head, or why there is none.
        head_features: what the head is given (n, w); None where that is `features`.
        layers: for every function that was asked for, its rows (n, s) of each inner layer, or why there are none.
        probe: further passes; None where there is no model.
    """

    logits: Array
    features: Array
    head: LinearHead | str = "needs the linear head of a model; there are logits alone"
    head_features: Array | None = None
    layers: Mapping[LayerRows, list[Array] | str] = field(default_factory=dict)
    probe: Probe | None = None

    @classmethod
    def of_logits(cls, logits: Array) -> FeaturePass:
        """Return a pass that has logits (n, classes) alone, enough for detectors that score these.

        Raises:
            ArgumentError: other shapes, NaN or infinite logits, or probabilities in place of logits.
        """
        return cls(_checked_logits(logits), np.empty((len(logits), 0), np.float32))

    def __len__(self) -> int:
        return len(self.logits)

    def rows(self, rows: slice) -> FeaturePass:
        """Return the pass of some of the samples, without copying."""
        return replace(
            self,
            logits=self.logits[rows],
            features=self.features[rows],
            head_features=None if self.head_features is None else self.head_features[rows],
            layers={f: v if isinstance(v, str) else [part[rows] for part in v] for f, v in self.layers.items()},
            probe=self.probe and self.probe.rows(rows),
        )


def feature_pass(model: Any, x: Array, *, feature_layer: str | None = None, batch_size: int = 128) -> FeaturePass:
    """Pass `x` once through a classifier, with ``training=False``.

    Args:
        model: a built Functional or Sequential model that gives logits (n, classes).
        x: (n, *shape) inputs, n ≥ 1.
        feature_layer: the layer whose output, flattened, is the features; by default the one named ``"features"``,
            where there is none what the linear head is given, and where that is not to be found the last layer's input.
        batch_size: samples per pass; changes the speed alone.

    Raises:
        ArgumentError: no such layer, no sample, or a model that gives probabilities, NaN or infinity.
        NotApplicableError: the model is not a classifier with a graph.
    """
    return FeatureExtractor(model, feature_layer=feature_layer, batch_size=batch_size)(x)


class FeatureExtractor:
    """Passes several sets of samples through one compiled model; arguments and errors are `feature_pass`'s.

    Args:
        layers: functions of inner layers' activations whose rows the pass also gives; see `Needs.layers`.
    """

    def __init__(
        self,
        model: Any,
        *,
        feature_layer: str | None = None,
        batch_size: int = 128,
        layers: Iterable[LayerRows] = (),
    ) -> None:
        _require_classifier(model)
        require_logits(model)
        if batch_size < 1:
            raise ArgumentError(f"batch_size must be at least 1. Received: {batch_size}.")
        self._head, head_inputs = _head_of(model)
        features = _features_of(model, feature_layer, head_inputs)
        # What the head is given is a third output only where it holds other values than the features.
        self._outputs = {"logits": model.outputs[0], "features": features}
        if head_inputs is not None and not same_values(head_inputs, features):
            self._outputs["head_features"] = head_inputs
        self._layers = {function: _rows_of(model, function) for function in layers}
        self._model = model
        self._compiled: dict[bool, Callable[..., Any]] = {}
        self._integers = "int" in model.inputs[0].dtype
        self._passes = Passes(model, features, batch_size)

    def __call__(self, x: Array) -> FeaturePass:
        """Return the pass of `x` (n, *shape)."""
        x = np.asarray(x, np.int32 if self._integers else np.float32)
        if not len(x):
            raise ArgumentError("x must hold at least one sample. Received: none.")
        wanted = {f: _affordable(v, len(x)) for f, v in self._layers.items()}
        outputs = iter(in_batches(self._run(wanted), x, self._passes.batch_size))
        found = {name: array.reshape(len(x), -1) for name, array in zip(self._outputs, outputs, strict=False)}
        layers = {f: v if isinstance(v, str) else [next(outputs) for _ in v] for f, v in wanted.items()}
        logits = _checked_logits(found["logits"])
        for name in ("features", "head_features"):
            _require_finite(found.get(name))
        return FeaturePass(
            logits,
            found["features"],
            head=self._head,
            head_features=found.get("head_features"),
            layers=layers,
            probe=Probe(x, self._passes),
        )

    def _run(self, wanted: Mapping[LayerRows, list[Any] | str]) -> Callable[..., Any]:
        inner = [tensor for v in wanted.values() if not isinstance(v, str) for tensor in v]
        if bool(inner) not in self._compiled:
            both = keras.Model(self._model.inputs[0], [*self._outputs.values(), *inner])
            self._compiled[bool(inner)] = engine().forward(both)
        return self._compiled[bool(inner)]


def _affordable(rows: list[Any] | str, n: int) -> list[Any] | str:
    if isinstance(rows, str):
        return rows
    size = 4 * n * sum(tensor.shape[-1] for tensor in rows)
    return (
        rows if size <= LAYER_BYTES else f"would keep {size / 2**30:.1f} GiB of inner layers' statistics of {n} samples"
    )


def _head_of(model: Any) -> tuple[LinearHead | str, Any]:
    try:
        site = find_head(model)
    except NotApplicableError as reason:
        return str(reason), None
    return site.values(), site.inputs


def _rows_of(model: Any, function: LayerRows) -> list[Any] | str:
    try:
        return [function(activation) for activation in inner_activations(model)]
    except NotApplicableError as reason:
        return str(reason)


def _features_of(model: Any, feature_layer: str | None, head_inputs: Any) -> Any:
    name = feature_layer or FEATURE_LAYER
    found = [layer for layer in model.layers if layer.name == name]
    if found:
        return found[0].output
    if feature_layer is not None:
        known = ", ".join(layer.name for layer in model.layers)
        raise ArgumentError(f"feature_layer must be one of {known}. Received: {feature_layer!r}.")
    if head_inputs is not None:
        return head_inputs
    last = keras.tree.flatten(model.layers[-1].input)
    if len(last) != 1:
        raise ArgumentError(f"feature_layer must be stated: the last layer of {model.name!r} takes several inputs.")
    return last[0]


def _require_classifier(model: Any) -> None:
    inputs, outputs = getattr(model, "inputs", None), getattr(model, "outputs", None)
    if not inputs or not outputs or len(inputs) != 1 or len(outputs) != 1:
        raise NotApplicableError(f"detectors need a built model of one input and one output; {model.name!r} is not.")
    shape = outputs[0].shape
    if len(shape) != 2 or (shape[-1] or 0) < 2:
        raise NotApplicableError(
            f"detectors need logits (n, classes) of two or more classes; {model.name!r} gives {shape}."
        )


def _require_finite(features: Array | None) -> None:
    if features is not None:
        for rows in blocks(len(features), features.shape[1]):
            finite("the model's features", features[rows])


def _checked_logits(logits: Array) -> Array:
    logits = np.asarray(logits)
    if logits.ndim != 2 or logits.shape[1] < 2:
        raise ArgumentError(f"logits must be (n, classes) with two or more classes. Received: {logits.shape}.")
    if len(logits) and look_like_probabilities(finite("the model's logits", logits)):
        raise ArgumentError(
            "model must give logits, the values before the softmax. Received: outputs that lie in [0, 1] and sum to 1."
        )
    return logits
