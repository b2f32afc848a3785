"""The contract of an attack that replaces tokens."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError, NotApplicableError
from nnbench.core.lazy import keras
from nnbench.core.robustness import AttackSpec

N, LENGTH, VOCABULARY, CLASSES, EDITS = 16, 12, 12, 3, 1
PADDING = 0
TOLERANCE = 1e-6


def check_token_attack(spec: AttackSpec) -> None:
    """Check that an attack on tokens does what every other part of nnbench relies on.

    It keeps to its budget and leaves protected tokens alone, tells the truth about the model's answers, repeats, gives
    the same accuracy for every batch size, leaves texts and model as they are, and refuses tokens outside the
    vocabulary, models that give probabilities, and models that read no tokens.

    Raises:
        AssertionError: the contract is broken; the text says where.
    """
    name, model, (x, y) = spec.name, _classifier(), _texts()
    before, weights = x.copy(), [w.copy() for w in model.get_weights()]
    result = _run(spec, model, x, y)
    np.testing.assert_array_equal(x, before, f"{name}: changes its input")
    for old, new in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(new, old, f"{name}: changes a weight")
    _check_edits(name, x, result)
    _check_truth(name, model, x, y, result)
    again = _run(spec, model, x, y, batch_size=8)
    assert again.robust_accuracy == result.robust_accuracy, f"{name}: the batch size changes robust accuracy"
    more = _run(spec, model, x, y, edits=LENGTH)
    assert more.robust_accuracy < result.robust_accuracy, f"{name}: a larger budget does not help it"
    _check_refusals(spec, model, x, y)


def _check_edits(name: str, x: Array, result: Any) -> None:
    changed = result.x_adv != x
    assert result.x_adv.shape == x.shape, f"{name}: x_adv has shape {result.x_adv.shape}"
    np.testing.assert_array_equal(result.edits, changed.sum(axis=1), f"{name}: edits are not those of x_adv")
    assert result.edits.max() <= EDITS, f"{name}: replaces {result.edits.max()} tokens, more than {EDITS}"
    assert not (changed & (x == PADDING)).any(), f"{name}: replaces a protected token"
    assert not (changed & (result.x_adv == PADDING)).any(), f"{name}: puts in a protected token"


def _check_truth(name: str, model: Any, x: Array, y: Array, result: Any) -> None:
    wrong = _answers(model, result.x_adv) != y
    np.testing.assert_array_equal(result.success, wrong, f"{name}: success is not what the model says")
    clean = (_answers(model, x) == y).mean()
    assert abs(result.clean_accuracy - clean) < TOLERANCE, f"{name}: clean_accuracy is {result.clean_accuracy}"
    assert abs(result.robust_accuracy - (1 - wrong.mean())) < TOLERANCE, f"{name}: robust_accuracy does not add up"
    assert result.robust_accuracy < result.clean_accuracy, f"{name}: fools nobody"
    assert result.reliable == (not result.flags), f"{name}: reliable, with flags {result.flags}"
    assert result.reliable, f"{name}: flags an honest model, {result.flags}"


def _check_refusals(spec: AttackSpec, model: Any, x: Array, y: Array) -> None:
    probabilities = keras.Sequential([model, keras.layers.Softmax()])
    values = keras.Sequential([keras.Input((LENGTH,)), keras.layers.Dense(CLASSES)])
    cases: list[tuple[str, type[Exception], Any, Array, dict[str, Any]]] = [
        ("tokens outside the vocabulary", ArgumentError, model, x + VOCABULARY, {}),
        ("a model that gives probabilities", ArgumentError, probabilities, x, {}),
        ("no edits", ArgumentError, model, x, {"edits": 0}),
        ("a model that reads no tokens", NotApplicableError, values, x, {}),
    ]
    for what, error, network, inputs, options in cases:
        try:
            _run(spec, network, inputs, y, **options)
        except error:
            continue
        raise AssertionError(f"{spec.name}: takes {what}, where {error.__name__} is expected")


def _run(spec: AttackSpec, model: Any, x: Array, y: Array, **options: Any) -> Any:
    return spec.run(model, x, y, **{"edits": EDITS, "protected": (PADDING,), "seed": 1, **options})


def _texts() -> tuple[Array, Array]:
    """Return texts that end in padding, and the answers of `_classifier`, wrong for the last few."""
    rng = np.random.default_rng(0)
    x = rng.integers(1, VOCABULARY, (N, LENGTH)).astype(np.int32)
    x[np.arange(LENGTH) >= rng.integers(8, LENGTH + 1, N)[:, None]] = PADDING
    y = _answers(_classifier(), x)
    y[-3:] = (y[-3:] + 1) % CLASSES
    return x, y


def _classifier() -> Any:
    """Return a mean of masked embeddings and a head, with Dropout that would give training away."""
    rng = np.random.default_rng(1)
    inputs = keras.Input((LENGTH,), dtype="int32")
    vectors = keras.layers.Embedding(VOCABULARY, 4, mask_zero=True, name="vectors")(inputs)
    pooled = keras.layers.GlobalAveragePooling1D()(keras.layers.Dropout(0.5, seed=0)(vectors))
    model = keras.Model(inputs, keras.layers.Dense(CLASSES, name="head")(pooled))
    model.get_layer("vectors").set_weights([rng.normal(size=(VOCABULARY, 4)).astype(np.float32)])
    model.get_layer("head").set_weights([rng.normal(size=(4, CLASSES)).astype(np.float32), np.zeros(CLASSES)])
    return model


def _answers(model: Any, x: Array) -> Array:
    logits = keras.ops.convert_to_numpy(model(keras.ops.convert_to_tensor(x), training=False))
    return np.asarray(logits.argmax(axis=-1))
