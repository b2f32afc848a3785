"""Passes under dropout: seeded draws that differ from pass to pass, and change nothing but the seed."""

import os

import numpy as np
import pytest

from nnbench.core.lazy import keras
from nnbench.runtime.engine import engine
from nnbench.runtime.memory import rss

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

RATE = 0.25
X = np.random.default_rng(0).normal(size=(16, 6)).astype("float32")


def dropout_model(width=64):
    """Return a model (6 values to 3 logits) with dropout, and a BatchNorm that is frozen as in a stochastic copy."""
    keras.utils.set_random_seed(3)
    normalisation = keras.layers.BatchNormalization()
    normalisation.trainable = False
    dense = keras.layers.Dense
    layers = [dense(width, activation="relu"), normalisation, keras.layers.Dropout(RATE, seed=1), dense(3)]
    return keras.Sequential([keras.Input((6,)), *layers])


def reseed(model, seed):
    (dropout,) = (layer for layer in model.layers if isinstance(layer, keras.layers.Dropout))
    dropout.seed_generator.state.assign([seed, 0])


def state(variables):
    return [np.array(keras.ops.convert_to_numpy(v.value)) for v in variables]


def draws(run, times):
    return np.stack([keras.ops.convert_to_numpy(run(X)) for _ in range(times)])


def test_every_pass_is_another_draw():
    found = draws(engine().sampled(dropout_model()), 4)
    assert found.shape == (4, 16, 3)
    assert all(np.abs(a - b).max() > 1e-3 for i, a in enumerate(found) for b in found[:i])


def test_a_seed_repeats_its_draws_and_another_does_not():
    model = dropout_model()
    run, found = engine().sampled(model), []
    for seed in (7, 7, 8):
        reseed(model, seed)
        found.append(draws(run, 3))
    np.testing.assert_array_equal(found[0], found[1])
    assert np.abs(found[0] - found[2]).max() > 1e-3


def test_nothing_but_the_seed_changes():
    model = dropout_model()
    before, seeds = state(model.weights), state(v for v in model.variables if v.name == "seed_generator_state")
    draws(engine().sampled(model), 3)
    for old, new in zip(before, state(model.weights), strict=True):
        np.testing.assert_array_equal(old, new)
    assert len(seeds) == 1
    assert (seeds[0] != state(v for v in model.variables if v.name == "seed_generator_state")[0]).any()


def test_forward_passes_stay_as_they_were():
    model = dropout_model()
    forward = engine().forward(model)
    before = keras.ops.convert_to_numpy(forward(X))
    draws(engine().sampled(model), 3)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(forward(X)), before)


def test_dropout_is_inverted_and_of_its_rate():
    inputs = keras.Input((100,))
    run = engine().sampled(keras.Model(inputs, keras.layers.Dropout(RATE, seed=1)(inputs)))
    found = keras.ops.convert_to_numpy(run(np.ones((200, 100), "float32")))
    np.testing.assert_allclose(found[found > 0], 1 / (1 - RATE), rtol=1e-6)
    # 20,000 draws: .012 are four standard errors.
    assert abs((found == 0).mean() - RATE) < 0.012


def test_an_output_holds_no_graph():
    # PyTorch refuses to make an array of a tensor that remembers how it was computed.
    assert np.asarray(engine().sampled(dropout_model())(X)).shape == (16, 3)


def test_passes_keep_nothing():
    """A pass has activations of 4 MB each: 100 passes that kept one would hold 400 MB."""
    run, x = engine().sampled(dropout_model(width=4096)), np.tile(X, (16, 1))
    for _ in range(20):
        engine().wait(run(x))
    before = rss(os.getpid(), children=False)
    for _ in range(100):
        engine().wait(run(x))
    assert rss(os.getpid(), children=False) - before < 100e6
