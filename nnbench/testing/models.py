"""The contract of a model builder, for the built-in ones and for those of third parties."""

from __future__ import annotations

import math
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nnbench.core.catalog import create_networks, model_info
from nnbench.core.dataset import Array
from nnbench.core.lazy import keras
from nnbench.core.model import ModelInfo, Shape
from nnbench.runtime.abstract import without_values
from nnbench.runtime.engine import engine

SEED = 0
SAMPLES = 4


def check_model(name: str, input_shape: Shape | None = None, classes: int | None = None) -> None:
    """Check that a registered variant does what every other part of nnbench relies on.

    It builds with the right shapes, gives finite logits that depend on nothing but the sample, names its features,
    survives saving and loading, trains every weight, repeats with the seed, and can be built without values. Sets the
    global random seed.

    Args:
        name: a registered variant.
        input_shape, classes: as in `nnbench.core.catalog.create_model`.

    Raises:
        AssertionError: the contract is broken; the text says where.
    """
    with warnings.catch_warnings():
        # Keras makes arrays of its variables in a way that NumPy 2 deprecates.
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
        info = model_info(name)
        _check_info(info)
        _check_built(info, input_shape, classes)


def samples(network: Any, n: int = SAMPLES) -> Array:
    """Return `n` seeded inputs (n, *shape) of a network: normal values, or token numbers 0 and 1."""
    rng = np.random.default_rng(SEED)
    (inputs,) = network.inputs
    size = (n, *inputs.shape[1:])
    if "int" in keras.backend.standardize_dtype(inputs.dtype):
        return rng.integers(0, 2, size).astype("int32")
    return rng.normal(size=size).astype("float32")


def _check_built(info: ModelInfo, input_shape: Shape | None, classes: int | None) -> None:
    networks = _built(info.name, input_shape, classes)
    main = networks[info.network]
    width = info.classes if classes is None else classes
    _check_shapes(info, main, info.input_shape if input_shape is None else tuple(input_shape), width)
    _check_features(info, main)
    _check_repeats(networks, _built(info.name, input_shape, classes))
    with without_values():
        _check_abstract(networks, create_networks(info.name, input_shape, classes))
    for role, network in networks.items():
        label = f"{info.name} ({role})"
        _check_outputs(label, network)
        _check_saving(label, network)
        _check_training(label, network)
    if "classification" in info.tasks and width != 1:
        _check_logits(info.name, main)


def _built(name: str, input_shape: Shape | None, classes: int | None) -> dict[str, Any]:
    keras.utils.set_random_seed(SEED)
    return create_networks(name, input_shape, classes)


def _check_info(info: ModelInfo) -> None:
    assert info.summary, f"{info.name}: the builder has no docstring"
    assert info.tasks, f"{info.name}: no task"
    assert info.inputs, f"{info.name}: no kind of input"
    assert info.licence, f"{info.name}: no licence"
    assert info.paper.title, f"{info.name}: the paper has no title"
    assert info.paper.url.startswith("http"), f"{info.name}: the paper's url is {info.paper.url!r}"


def _check_shapes(info: ModelInfo, network: Any, shape: Shape, classes: int | None) -> None:
    assert isinstance(network, keras.Model), f"{info.name}: the builder returns {type(network).__name__}, not a model"
    assert len(network.inputs) == 1, f"{info.name}: has {len(network.inputs)} inputs, not one"
    given, out = network.inputs[0].shape[1:], network.outputs[0].shape[1:]
    if info.tasks == ("generation",):
        assert out == shape, f"{info.name}: generates {out}, not input_shape {shape}"
        return
    expected = (*shape, classes) if info.tasks == ("language",) else (classes,)
    assert given == shape, f"{info.name}: reads {given}, not input_shape {shape}"
    assert out == expected, f"{info.name}: gives {out}, not {expected}"


def _check_features(info: ModelInfo, network: Any) -> None:
    if info.feature_layer is None:
        return
    known = [layer.name for layer in network.layers]
    assert info.feature_layer in known, f"{info.name}: no layer is named {info.feature_layer!r}"
    rank = len(network.get_layer(info.feature_layer).output.shape)
    assert rank == 2, f"{info.name}: {info.feature_layer!r} gives rank {rank}, not (n, d)"


def _check_repeats(first: Mapping[str, Any], second: Mapping[str, Any]) -> None:
    for role, network in first.items():
        for a, b in zip(network.weights, second[role].weights, strict=True):
            assert np.array_equal(_numpy(a.value), _numpy(b.value)), f"{role}: the same seed gives other weights"


def _check_abstract(real: Mapping[str, Any], abstract: Mapping[str, Any]) -> None:
    for role, network in real.items():
        sizes, expected = ([math.prod(w.shape) for w in m.weights] for m in (abstract[role], network))
        assert sizes == expected, f"{role}: has other weights when built without values"


def _check_outputs(label: str, network: Any) -> None:
    x = samples(network)
    forward = engine().forward(network)
    outputs = _numpy(forward(x))
    assert np.isfinite(outputs).all(), f"{label}: outputs are not finite"
    assert np.ptp(outputs) > 0, f"{label}: outputs are all the same"
    alone = _numpy(forward(x[:1]))
    assert np.allclose(outputs[:1], alone, rtol=1e-3, atol=1e-4), f"{label}: a sample's output depends on its batch"


def _check_logits(name: str, network: Any) -> None:
    logits = _numpy(engine().forward(network)(10 * samples(network)))
    probabilities = np.allclose(logits.sum(-1), 1, atol=1e-3) and (logits >= 0).all()
    assert not probabilities, f"{name}: gives probabilities, not logits"


def _check_saving(label: str, network: Any) -> None:
    x = samples(network)
    expected = _numpy(engine().forward(network)(x))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        network.save(path)
        loaded = keras.models.load_model(path)
    outputs = _numpy(engine().forward(loaded)(x))
    assert np.allclose(expected, outputs, atol=1e-5), (
        f"{label}: the loaded model gives other outputs than the saved one"
    )


def _check_training(label: str, network: Any) -> None:
    x = samples(network)
    targets = np.random.default_rng(SEED).normal(size=(len(x), *network.outputs[0].shape[1:])).astype("float32")

    def loss(x: Any, targets: Any) -> Any:
        return keras.ops.mean(keras.ops.square(keras.ops.cast(network(x, training=True), "float32") - targets))

    before = [_numpy(w.value).copy() for w in network.weights]
    value = engine().training_step(loss, network, [], keras.optimizers.Adam(1e-2))(x, targets)
    assert np.isfinite(_numpy(value)), f"{label}: the loss is not finite"
    for weight, old in zip(network.weights, before, strict=True):
        # Attention is unchanged by a constant in all its keys, so their bias has no gradient.
        if weight.trainable and not weight.path.endswith("key/bias"):
            assert not np.array_equal(_numpy(weight.value), old), f"{label}: training leaves {weight.path} as it was"


def _numpy(tensor: Any) -> Array:
    return np.asarray(keras.ops.convert_to_numpy(tensor))
