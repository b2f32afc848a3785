"""Models that hide their gradient are flagged, all of them, and honest ones are not."""

import keras
import numpy as np
import pytest

from nnbench.attacks import _result, robustness_curve
from nnbench.attacks.auto_attack import autoattack
from nnbench.attacks.basic_iterative import bim
from nnbench.attacks.projected_gradient import pgd
from nnbench.attacks.uniform_noise import noise
from nnbench.core.errors import ArgumentError

OPTIONS = {"norm": "linf", "epsilon": 0.1, "bounds": (0, 1), "batch_size": 8}
SHORT = {"steps": 20, "queries": 100}
N, SIDE = 24, 8


class Noisy(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.seeds = keras.random.SeedGenerator(0)

    def call(self, x):
        return x + 0.1 * keras.random.normal(keras.ops.shape(x), seed=self.seeds)


def rounded_frequencies(x):
    """Rounds the coefficients of a cosine transform, as JPEG does, at one quality for the whole image."""
    k = np.arange(SIDE)
    cosines = np.sqrt(2 / SIDE) * np.cos(np.pi * (2 * k[None] + 1) * k[:, None] / (2 * SIDE))
    cosines[0] /= np.sqrt(2)
    basis, back = (keras.ops.convert_to_tensor(c.astype(np.float32)) for c in (cosines, cosines.T.copy()))
    image = keras.ops.reshape(x, (-1, SIDE, SIDE))
    rounded = keras.ops.round(basis @ image @ back * 8) / 8
    return keras.ops.reshape(back @ rounded @ basis, (-1, SIDE, SIDE, 1))


def shattered(x):
    """The identity to within a thousandth, with a slope that says nothing of where it goes."""
    return x + 0.001 * keras.ops.sin(x * 1e5)


TRAPS = {
    "zero gradient": (keras.ops.stop_gradient, _result.ZERO_GRADIENT),
    "quantised input": (lambda x: keras.ops.round(x * 15) / 15, _result.ZERO_GRADIENT),
    "rounded frequencies": (rounded_frequencies, _result.ZERO_GRADIENT),
    "shattered gradient": (shattered, _result.SHATTERED_GRADIENT),
    "noise": (None, _result.RANDOMISED),
}


@pytest.fixture(scope="module")
def honest():
    """A small convolutional network that tells where a bright spot is, and its samples."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, 600)
    x = 0.3 * rng.uniform(size=(600, SIDE, SIDE, 1))
    for i, label in enumerate(y):
        row, column = 4 * (label // 2), 4 * (label % 2)
        x[i, row : row + 4, column : column + 4] += 0.4 * rng.uniform(size=(4, 4, 1))
    x = x.astype(np.float32)
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Conv2D(8, 3, activation="relu"), keras.layers.Flatten(), keras.layers.Dense(4)]
    model = keras.Sequential([keras.Input((SIDE, SIDE, 1)), *layers])
    model.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(x, y, batch_size=50, epochs=6, verbose=0)
    return model, x[:N], y[:N]


class Function(keras.layers.Layer):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def call(self, x):
        return self.function(x)

    def compute_output_shape(self, input_shape):
        return input_shape


def trapped(model, function):
    layer = Noisy() if function is None else Function(function)
    inputs = keras.Input((SIDE, SIDE, 1))
    return keras.Model(inputs, model(layer(inputs)))


@pytest.mark.parametrize("trap", list(TRAPS))
def test_traps_are_flagged(honest, trap):
    model, x, y = honest
    function, flag = TRAPS[trap]
    result = pgd(trapped(model, function), x, y, **OPTIONS, steps=10)
    assert flag in result.flags
    assert not result.reliable


def test_saturated_softmax_heads_are_refused(honest):
    """Undoing them needs the logits, which float32 has lost: the model has to be built without its softmax."""
    model, x, y = honest
    inputs = keras.Input((SIDE, SIDE, 1))
    for head in (keras.layers.Softmax(), keras.ops.softmax):
        with pytest.raises(ArgumentError, match="model must give logits"):
            pgd(keras.Model(inputs, head(1000 * model(inputs))), x, y, **OPTIONS)


def test_a_black_box_beats_attacks_on_a_hidden_gradient(honest):
    model, x, y = honest
    result = autoattack(trapped(model, keras.ops.stop_gradient), x, y, **OPTIONS | {"epsilon": 0.3}, **SHORT)
    assert {_result.BLACK_BOX, _result.FULL_RANGE, _result.ZERO_GRADIENT} <= set(result.flags)
    assert result.after["square"] < result.after["fab_t"] - 0.1


def test_honest_models_are_not_flagged_though_they_are_very_sure(honest):
    model, x, y = honest
    inputs = keras.Input((SIDE, SIDE, 1))
    sure = keras.Model(inputs, 1000 * model(inputs))
    result = autoattack(sure, x, y, **OPTIONS, **SHORT)
    assert result.flags == ()
    assert result.robust_accuracy < 0.9
    assert list(result.after) == ["apgd_ce", "apgd_t", "fab_t", "square"]
    assert result.notes == ("3 targets instead of 9, as there are 4 classes",)


def test_a_curve_falls_to_nothing_at_full_range(honest):
    model, x, y = honest
    curve = robustness_curve(model, x, y, norm="linf", epsilons=[1.0, 0.05, 0.1], bounds=(0, 1), steps=20, batch_size=8)
    assert curve.flags == ()
    assert list(curve.epsilons) == [0.05, 0.1, 1.0]
    assert curve.robust_accuracy[-1] == 0
    assert (np.diff(curve.robust_accuracy) <= 0).all()
    for epsilon, success in zip(curve.epsilons, curve.success, strict=True):
        alone = pgd(model, x, y, norm="linf", epsilon=epsilon, bounds=(0, 1), steps=20, batch_size=8)
        np.testing.assert_array_equal(alone.success, success)


def test_a_curve_that_does_not_fall_is_flagged(honest):
    model, x, y = honest
    blind = trapped(model, keras.ops.stop_gradient)
    curve = robustness_curve(blind, x, y, norm="linf", epsilons=[0.1, 1.0], bounds=(0, 1), steps=5, attack="bim")
    assert _result.FULL_RANGE in curve.flags


def test_more_steps_that_help_are_flagged(honest):
    """Steps so short that the boundary is reached at the end, or not yet."""
    model, x, y = honest
    result = bim(model, x, y, **OPTIONS | {"epsilon": 0.5}, steps=20, step_size=0.005)
    assert _result.MORE_STEPS in result.flags


def test_noise_is_weaker_than_any_attack(honest):
    model, x, y = honest
    assert noise(model, x, y, **OPTIONS).robust_accuracy > pgd(model, x, y, **OPTIONS).robust_accuracy
