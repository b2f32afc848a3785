import numpy as np
import pytest

from nnbench.core.catalog import create_networks, list_models
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.runtime.abstract import without_values
from nnbench.runtime.engine import engine

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SMALL = {
    "dcgan_tiny": {},
    "mlp_gan_small": {},
    "mlp_gan": {"generator_widths": (8,) * 4, "discriminator_widths": (8,) * 3},
}


@pytest.mark.parametrize("name", SMALL)
def test_the_discriminator_reads_what_the_generator_makes(name):
    networks = create_networks(name, **SMALL[name])
    assert list(networks) == ["generator", "discriminator"]
    latent = networks["generator"].input_shape[1]
    z = np.random.default_rng(0).normal(size=(5, latent)).astype("float32")
    made = engine().forward(networks["generator"])(z)
    logits = engine().forward(networks["discriminator"])(keras.ops.convert_to_numpy(made))
    assert tuple(logits.shape) == (5, 1)


@pytest.mark.parametrize("bounds", [(-1.0, 1.0), (0.0, 1.0), (0.0, 16.0)])
def test_dcgan_stays_within_bounds_and_reads_them(bounds):
    networks = create_networks("dcgan_tiny", bounds=bounds)
    # Large inputs saturate the tanh, so the extremes are reached.
    z = 1e5 * np.random.default_rng(0).normal(size=(64, 16)).astype("float32")
    made = keras.ops.convert_to_numpy(engine().forward(networks["generator"])(z))
    low, high = bounds
    assert made.min() == pytest.approx(low, abs=0.01 * (high - low))
    assert made.max() == pytest.approx(high, abs=0.01 * (high - low))
    plain = create_networks("dcgan_tiny")["discriminator"]
    plain.set_weights([keras.ops.convert_to_numpy(w.value) for w in networks["discriminator"].weights])
    unit = 2 * (made - low) / (high - low) - 1
    expected = keras.ops.convert_to_numpy(engine().forward(plain)(unit))
    found = keras.ops.convert_to_numpy(engine().forward(networks["discriminator"])(made))
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (32, 32, 3), (64, 64, 3), (128, 64, 3), (16, 16)])
def test_dcgan_follows_the_size(shape):
    with without_values():
        networks = create_networks("dcgan_tiny", input_shape=shape)
    assert networks["generator"].output_shape == (None, *shape)
    assert networks["discriminator"].input_shape == (None, *shape)
    assert networks["discriminator"].output_shape == (None, 1)


@pytest.mark.parametrize("shape", [(30, 30, 3), (7, 7, 1), (4, 4, 1), (256, 8, 3)])
def test_dcgan_says_which_sizes_it_can_make(shape):
    with pytest.raises(ArgumentError, match=r"input_shape must have sides of .* Received: \("):
        create_networks("dcgan_tiny", input_shape=shape)


@pytest.mark.parametrize("name", [n for n in list_models(family="gan") if n in SMALL])
def test_an_unconditional_gan_refuses_classes(name):
    with pytest.raises(ArgumentError, match="classes must be None"):
        create_networks(name, classes=10)


def test_published_mlp_gan():
    networks = create_networks("mlp_gan")
    dense = [layer for layer in networks["generator"].layers if isinstance(layer, keras.layers.Dense)]
    assert [layer.units for layer in dense] == [400, 400, 400, 400, 2]
    assert [layer.use_bias for layer in dense] == [False] * 4 + [True]
    dense = [layer for layer in networks["discriminator"].layers if isinstance(layer, keras.layers.Dense)]
    assert [layer.units for layer in dense] == [1000, 1000, 1000, 1]


def test_maxout_takes_the_largest_piece():
    model = create_networks("mlp_gan", generator_widths=(2,), discriminator_widths=(3,), pieces=2)["discriminator"]
    x = np.random.default_rng(0).normal(size=(4, 2)).astype("float32")
    kernel, bias = (keras.ops.convert_to_numpy(w.value) for w in model.get_layer("hidden1").weights)
    expected = (x @ kernel + bias).reshape(4, 2, 3).max(axis=1)
    features = keras.Model(model.input, model.get_layer("features").output)
    found = keras.ops.convert_to_numpy(engine().forward(features)(x))
    np.testing.assert_allclose(found, expected, atol=1e-6)
