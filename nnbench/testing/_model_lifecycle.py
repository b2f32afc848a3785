"""What a network goes through: built again, described, saved, loaded, trained."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.lazy import keras
from nnbench.runtime.abstract import without_values
from nnbench.runtime.engine import engine
from nnbench.testing._model_samples import SEED, numpy, samples


def check_repeats(first: Mapping[str, Any], second: Mapping[str, Any]) -> None:
    """Check that a seed gives the same weights again."""
    for role, network in first.items():
        for a, b in zip(network.weights, second[role].weights, strict=True):
            assert np.array_equal(numpy(a.value), numpy(b.value)), f"{role}: the same seed gives other weights"


def check_abstract(real: Mapping[str, Any], abstract: Mapping[str, Any]) -> None:
    """Check that a network built without values has the same weights."""
    for role, network in real.items():
        sizes, expected = ([math.prod(w.shape) for w in m.weights] for m in (abstract[role], network))
        assert sizes == expected, f"{role}: has other weights when built without values"


def check_config(label: str, network: Any) -> None:
    """Check that a network of the same weights comes from the configuration."""
    with without_values():
        again = type(network).from_config(network.get_config())
    shapes, expected = ([tuple(w.shape) for w in m.weights] for m in (again, network))
    assert shapes == expected, f"{label}: has other weights when made from its configuration"


def check_saving(label: str, network: Any, expected: Array) -> None:
    """Check that the saved and loaded network gives the `expected` outputs of `samples`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        network.save(path)
        loaded = keras.models.load_model(path)
    outputs = numpy(engine().forward(loaded)(samples(network)))
    assert np.allclose(expected, outputs, atol=1e-5), (
        f"{label}: the loaded model gives other outputs than the saved one"
    )


SHIFTS = ("key/bias", "pooling/bias")
"""Biases that move all scores of a softmax alike: keys' in attention, and those of positions that are pooled by weight.

Their gradient is 0 but for rounding, and whether a step changes them is chance.
"""


def check_training(label: str, network: Any) -> None:
    """Check that one step of training changes every trainable weight."""
    x = samples(network)
    size = (len(keras.tree.flatten(x)[0]), *network.outputs[0].shape[1:])
    targets = np.random.default_rng(SEED).normal(size=size).astype("float32")

    def loss(x: Any, targets: Any) -> Any:
        return keras.ops.mean(keras.ops.square(keras.ops.cast(network(x, training=True), "float32") - targets))

    before = [numpy(w.value).copy() for w in network.weights]
    value = engine().training_step(loss, network, [], keras.optimizers.Adam(1e-2))(x, targets)
    assert np.isfinite(numpy(value)), f"{label}: the loss is not finite"
    for weight, old in zip(network.weights, before, strict=True):
        if weight.trainable and not weight.path.endswith(SHIFTS):
            assert not np.array_equal(numpy(weight.value), old), f"{label}: training leaves {weight.path} as it was"
