"""Weights drawn on the host: as Keras's initialisers say, repeatable, independent."""

import numpy as np
import pytest

from nnbench.core.lazy import keras
from nnbench.core.values import values_on_host, without_values

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

INITIALIZERS = [
    "zeros",
    "ones",
    "glorot_uniform",
    "glorot_normal",
    "he_normal",
    "lecun_uniform",
    "random_normal",
    "random_uniform",
    "truncated_normal",
    "orthogonal",
]


def kernel(initializer, shape=(64, 96), seed=0):
    keras.utils.set_random_seed(seed)
    with values_on_host():
        layer = keras.layers.Dense(shape[1], kernel_initializer=initializer)
        layer.build((None, shape[0]))
    return keras.ops.convert_to_numpy(layer.kernel)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_the_distribution_is_the_initialiser_s(name):
    ours = kernel(name)
    keras.utils.set_random_seed(0)
    theirs = keras.ops.convert_to_numpy(keras.initializers.get(name)((64, 96)))
    quantiles = np.linspace(0, 1, 21)
    spread = max(theirs.std(), 1e-6)
    assert np.abs(np.quantile(ours, quantiles)[1:-1] - np.quantile(theirs, quantiles)[1:-1]).max() < 0.15 * spread
    assert abs(ours.std() - theirs.std()) < 0.05 * spread
    assert np.abs(ours).max() <= 1.2 * np.abs(theirs).max()


def test_the_fan_of_a_convolution_includes_its_window():
    with values_on_host():
        layer = keras.layers.Conv2D(64, 3, kernel_initializer="he_normal")
        layer.build((None, 8, 8, 32))
    assert np.std(keras.ops.convert_to_numpy(layer.kernel)) == pytest.approx((2 / (9 * 32)) ** 0.5, rel=0.05)


def test_a_seed_repeats_and_another_does_not():
    assert np.array_equal(kernel("he_normal"), kernel("he_normal"))
    assert not np.array_equal(kernel("he_normal"), kernel("he_normal", seed=1))


def test_weights_that_share_an_initialiser_differ():
    start = keras.initializers.RandomNormal(seed=0)
    with values_on_host():
        layers = [keras.layers.Dense(4, kernel_initializer=start) for _ in range(2)]
        for layer in layers:
            layer.build((None, 4))
    first, second = (keras.ops.convert_to_numpy(layer.kernel) for layer in layers)
    assert not np.array_equal(first, second)


def test_an_initialiser_of_one_s_own_is_called():
    assert (kernel(lambda shape, dtype=None: keras.ops.full(shape, 7.0)) == 7).all()


def test_a_subclass_that_draws_differently_is_called():
    class Sevens(keras.initializers.Zeros):
        def __call__(self, shape, dtype=None):
            return keras.ops.full(shape, 7.0)

    assert (kernel(Sevens()) == 7).all()


def test_dropout_and_recurrent_layers_work():
    keras.utils.set_random_seed(0)
    with values_on_host():
        inputs = keras.Input((5, 3))
        outputs = keras.layers.Dropout(0.5)(keras.layers.LSTM(4)(inputs))
        model = keras.Model(inputs, outputs)
    outputs = keras.ops.convert_to_numpy(model(np.ones((2, 5, 3), "float32"), training=True))
    assert np.isfinite(outputs).all()
    bias = keras.ops.convert_to_numpy(model.layers[1].cell.bias)
    assert bias.tolist() == [0] * 4 + [1] * 4 + [0] * 8  # the forget gate starts open


def test_within_a_context_without_values_nothing_is_drawn():
    with without_values(), values_on_host():
        layer = keras.layers.Dense(3)
        layer.build((None, 2))
    assert layer.kernel._value is None


def test_variables_that_waited_before_wait_after():
    with keras.StatelessScope(initialize_variables=False):
        waiting = keras.layers.Dense(3)
        waiting.build((None, 2))
        with without_values():
            keras.layers.Dense(3).build((None, 2))
    from keras.src.backend.common import global_state

    pending = global_state.get_global_attribute("uninitialized_variables")
    assert [v.path for v in pending] == [v.path for v in waiting.weights]
    global_state.set_global_attribute("uninitialized_variables", [])
