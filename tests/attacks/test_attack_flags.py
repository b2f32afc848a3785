"""Planted traps are flagged, and honest models are not (see the contract and the gradient attacks)."""

import gc
import weakref

import keras
import numpy as np
import pytest

from nnbench.attacks import _compiled
from nnbench.attacks.fast_gradient_sign import fgsm
from nnbench.attacks.projected_gradient import pgd

X = np.random.default_rng(0).uniform(size=(40, 6)).astype(np.float32)
OPTIONS = {"norm": "linf", "epsilon": 0.1, "bounds": (0, 1)}


def with_trap(function):
    inputs = keras.Input((6,))
    keras.utils.set_random_seed(1)
    model = keras.Model(inputs, keras.layers.Dense(3)(function(inputs)))
    return model, keras.ops.convert_to_numpy(model(X, training=False)).argmax(axis=1)


@pytest.mark.parametrize("attack", [fgsm, pgd])
@pytest.mark.parametrize("function", [lambda x: keras.ops.round(x * 20) / 20, keras.ops.stop_gradient])
def test_vanishing_gradients(attack, function):
    model, y = with_trap(keras.layers.Lambda(function))
    result = attack(model, X, y, **OPTIONS)
    assert result.flags == ("zero gradient",)
    assert not result.reliable


class AlwaysNoisy(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.seeds = keras.random.SeedGenerator(0)

    def call(self, x):
        return x + 0.1 * keras.random.normal(keras.ops.shape(x), seed=self.seeds)


def test_noise_at_inference():
    model, y = with_trap(AlwaysNoisy())
    assert "randomised model" in pgd(model, X, y, **OPTIONS, steps=3).flags


def test_overflow_within_the_bounds():
    """A pole beside the samples: the model is finite on them, and not on the way."""
    inputs = keras.Input((1,))
    pole = 1e30 * keras.ops.exp(200 * (inputs - 0.5))
    model = keras.Model(inputs, keras.layers.Concatenate()([inputs * 0 + 2e30, pole]))
    x = np.full((4, 1), 0.5, np.float32)
    result = pgd(model, x, np.zeros(4, int), norm="linf", epsilon=0.4, bounds=(0, 1), step_size=0.4, steps=2, seed=1)
    assert "non-finite logits" in result.flags
    assert np.isfinite(result.x_adv).all()


def test_models_are_not_kept_alive():
    model, y = with_trap(keras.layers.Dense(4))
    pgd(model, X, y, **OPTIONS, steps=2)
    assert model in _compiled._PASSES
    kept = len(_compiled._PASSES)
    gone = weakref.ref(model)
    del model
    keras.backend.clear_session()
    gc.collect()
    assert gone() is None
    assert len(_compiled._PASSES) < kept
