"""The contract of an attack, for the built-in ones and for those of third parties."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError, NotApplicableError
from nnbench.core.lazy import keras
from nnbench.core.robustness import ATTACKS, AttackSpec
from nnbench.testing.token_attacks import check_token_attack

N = 16
FEW = 8
SHAPE = (4, 3)
CLASSES = 3
EPSILON = {"linf": 0.2, "l2": 0.5, "l1": 1.0}
BOUNDS = (0.0, 1.0)
TOLERANCE = 1e-6
SIZES = {"linf": np.inf, "l2": 2, "l1": 1}


def check_attack(name: str) -> None:
    """Check that a registered attack does what every other part of nnbench relies on.

    Under each of its norms it stays in ball and bounds, tells the truth about the model's answers, and leaves samples
    and model as they are. Under the first it repeats with its seed and gives the same accuracy for every batch size. It
    refuses inputs outside the bounds, models that give probabilities, and models that do not classify. Of an attack
    that takes long, the options `quick` of its registration are used. What reads tokens is held to
    `nnbench.testing.token_attacks` instead.

    Raises:
        AssertionError: the contract is broken; the text says where.
    """
    spec = ATTACKS.get(name)
    if spec.reads == "tokens":
        check_token_attack(spec)
        return
    assert spec.norms, f"{name}: states no norm"
    model, x, y = _classifier(), *_samples()
    for norm in spec.norms:
        _check_norm(spec, norm, model, x[:FEW], y[:FEW])
    _check_repeats(spec, spec.norms[0], model, x, y)
    _check_refusals(spec, model, x, y)


def _check_norm(spec: AttackSpec, norm: str, model: Any, x: Array, y: Array) -> None:
    name = f"{spec.name} ({norm})"
    before, weights = x.copy(), [keras.ops.convert_to_numpy(v.value).copy() for v in model.variables]
    result = _run(spec, norm, model, x, y)
    np.testing.assert_array_equal(x, before, f"{name}: changes its input")
    for variable, value in zip(model.variables, weights, strict=True):
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(variable.value), value, f"{name}: changes {variable.path}"
        )
    _check_moved(name, norm, x, result)
    _check_truth(name, model, x, y, result)


def _check_repeats(spec: AttackSpec, norm: str, model: Any, x: Array, y: Array) -> None:
    name = f"{spec.name} ({norm})"
    result, again = (_run(spec, norm, model, x, y) for _ in range(2))
    np.testing.assert_array_equal(again.x_adv, result.x_adv, f"{name}: does not repeat with its seed")
    small = _run(spec, norm, model, x, y, batch_size=FEW)
    assert small.robust_accuracy == result.robust_accuracy, f"{name}: the batch size changes robust accuracy"


def _check_moved(name: str, norm: str, x: Array, result: Any) -> None:
    assert result.x_adv.shape == x.shape, f"{name}: x_adv has shape {result.x_adv.shape}"
    size = np.linalg.norm((result.x_adv - x).reshape(len(x), -1), ord=SIZES[norm], axis=1).max()
    assert size <= EPSILON[norm] + TOLERANCE, f"{name}: moves a sample by {size}, more than {EPSILON[norm]}"
    low, high = result.x_adv.min(), result.x_adv.max()
    assert low >= BOUNDS[0] - TOLERANCE, f"{name}: leaves the bounds, {low}"
    assert high <= BOUNDS[1] + TOLERANCE, f"{name}: leaves the bounds, {high}"


def _check_truth(name: str, model: Any, x: Array, y: Array, result: Any) -> None:
    wrong = _answers(model, result.x_adv) != y
    np.testing.assert_array_equal(result.success, wrong, f"{name}: success is not what the model says")
    clean = (_answers(model, x) == y).mean()
    assert abs(result.clean_accuracy - clean) < TOLERANCE, f"{name}: clean_accuracy is {result.clean_accuracy}"
    assert abs(result.robust_accuracy - (1 - wrong.mean())) < TOLERANCE, f"{name}: robust_accuracy does not add up"
    assert result.robust_accuracy <= result.clean_accuracy, f"{name}: the attack makes the model better"
    assert result.forwards >= len(x), f"{name}: {result.forwards} forward passes of {len(x)} samples"
    assert result.reliable == (not result.flags), f"{name}: reliable, with flags {result.flags}"
    assert result.reliable, f"{name}: flags an honest model, {result.flags}"


def _check_refusals(spec: AttackSpec, model: Any, x: Array, y: Array) -> None:
    norm = spec.norms[0]
    probabilities = keras.Sequential([model, keras.layers.Softmax()])
    inputs = keras.Input(SHAPE)
    regression = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Flatten()(inputs)))
    cases: list[tuple[str, type[Exception], Any, Array, dict[str, Any]]] = [
        ("inputs outside the bounds", ArgumentError, model, x + 1, {}),
        ("a model that gives probabilities", ArgumentError, probabilities, x, {}),
        ("epsilon = 0", ArgumentError, model, x, {"epsilon": 0.0}),
        ("an infinite epsilon", ArgumentError, model, x, {"epsilon": np.inf}),
        ("an unknown norm", ArgumentError, model, x, {"norm": "l7"}),
        ("a model of one output", NotApplicableError, regression, x, {}),
    ]
    for what, error, network, inputs_, options in cases:
        try:
            _run(spec, options.pop("norm", norm), network, inputs_, y, **options)
        except error:
            continue
        raise AssertionError(f"{spec.name}: takes {what}, where {error.__name__} is expected")


def _run(spec: AttackSpec, norm: str, model: Any, x: Array, y: Array, **options: Any) -> Any:
    given = {"epsilon": EPSILON.get(norm, 0.1), "bounds": BOUNDS, "seed": 1, **spec.quick, **options}
    return spec.run(model, x, y, norm=norm, **given)


def _samples() -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(N, *SHAPE)).astype(np.float32)
    x[0], x[1] = BOUNDS  # also where the box is in the way of the ball
    y = (x.reshape(N, -1) @ _weights()).argmax(axis=1)
    y[FEW - 1 :: 4] = (y[FEW - 1 :: 4] + 1) % CLASSES  # some that are wrong from the start
    return x, y


def _weights() -> Array:
    return np.random.default_rng(1).normal(size=(SHAPE[0] * SHAPE[1], CLASSES)).astype(np.float32)


@functools.cache
def _classifier() -> Any:
    """Return a linear classifier with layers that would give training away: Dropout and BatchNormalization.

    One for all attacks, so that what several of them run is compiled once.
    """
    inputs = keras.Input(SHAPE)
    x = keras.layers.Dropout(0.5, seed=0)(keras.layers.Flatten()(inputs))
    x = keras.layers.BatchNormalization()(x)
    model = keras.Model(inputs, keras.layers.Dense(CLASSES, name="head")(x))
    model.get_layer("head").set_weights([_weights(), np.zeros(CLASSES, np.float32)])
    return model


def _answers(model: Any, x: Array) -> Array:
    return np.asarray(keras.ops.convert_to_numpy(model(x, training=False)).argmax(axis=-1))
