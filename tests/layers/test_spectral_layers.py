"""Kernels divided by their largest singular value."""

import numpy as np
import pytest

from nnbench.core.lazy import keras
from nnbench.runtime.engine import engine

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SHAPES = {"dense": (6,), "convolution": (5, 5, 3)}


def built(kind):
    from nnbench.layers.spectral import SpectralConv2D, SpectralDense

    keras.utils.set_random_seed(0)
    layer = SpectralDense(4) if kind == "dense" else SpectralConv2D(4, 3)
    inputs = keras.Input(SHAPES[kind])
    return layer, keras.Model(inputs, layer(inputs))


def array(value):
    return np.asarray(keras.ops.convert_to_numpy(value))


def samples(kind, n=3):
    return np.random.default_rng(1).normal(size=(n, *SHAPES[kind])).astype("float32")


@pytest.mark.parametrize("kind", SHAPES)
def test_power_iteration_finds_the_largest_singular_value(kind):
    layer, model = built(kind)
    layer.bias.assign([1.0, -2.0, 0.0, 3.0])
    for _ in range(100):
        model(samples(kind), training=True)
    kernel = array(layer.kernel.value)
    sigma = np.linalg.norm(kernel.reshape(-1, 4), 2)
    np.testing.assert_allclose(array(layer.normalised_kernel(False)), kernel / sigma, rtol=1e-4, atol=1e-6)
    plain = keras.layers.Dense(4) if kind == "dense" else keras.layers.Conv2D(4, 3, padding="same")
    plain.build((None, *SHAPES[kind]))
    plain.set_weights([kernel / sigma, array(layer.bias.value)])
    np.testing.assert_allclose(array(model(samples(kind))), array(plain(samples(kind))), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", SHAPES)
def test_only_training_moves_u_and_nothing_moves_the_kernel(kind):
    layer, model = built(kind)
    u, kernel = array(layer.u.value).copy(), array(layer.kernel.value).copy()
    model(samples(kind), training=False)
    np.testing.assert_array_equal(array(layer.u.value), u)
    model(samples(kind), training=True)
    assert np.abs(array(layer.u.value) - u).max() > 1e-3
    assert np.linalg.norm(array(layer.u.value)) == pytest.approx(1, abs=1e-5)
    np.testing.assert_array_equal(array(layer.kernel.value), kernel)


def test_the_gradient_flows_through_the_singular_value():
    """A kernel that is scaled gives the same outputs, so its gradient has no part along the kernel."""
    layer, model = built("dense")
    before = array(layer.kernel.value).copy()

    def loss(x):
        return keras.ops.mean(keras.ops.square(model(x, training=True) - 1.0))

    for _ in range(30):
        model(samples("dense"), training=True)
    engine().training_step(loss, model, [], keras.optimizers.SGD(1.0))(samples("dense"))
    step = array(layer.kernel.value) - before
    assert np.linalg.norm(step) > 1e-2
    cosine = (step * before).sum() / np.linalg.norm(step) / np.linalg.norm(before)
    assert abs(cosine) < 1e-2


@pytest.mark.parametrize("kind", SHAPES)
def test_the_shape_is_known_before_the_call(kind):
    layer, model = built(kind)
    assert layer.compute_output_shape((7, *SHAPES[kind])) == (7, *SHAPES[kind][:-1], 4)
    assert model(samples(kind)).shape == (3, *SHAPES[kind][:-1], 4)


@pytest.mark.parametrize("kind", SHAPES)
def test_the_configuration_makes_the_layer_again(kind):
    layer, model = built(kind)
    again = type(layer).from_config(layer.get_config())
    again.build((None, *SHAPES[kind]))
    again.set_weights(layer.get_weights())
    np.testing.assert_allclose(array(again(samples(kind))), array(model(samples(kind))), atol=1e-6)
