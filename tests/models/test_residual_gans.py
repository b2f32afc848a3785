"""WGAN-GP and SNGAN: sizes, bounds, what their blocks compute."""

import numpy as np
import pytest

from nnbench.core.catalog import create_model, create_networks
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.runtime.abstract import without_values
from nnbench.runtime.engine import engine

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

TINY = ("sngan_tiny", "wgan_gp_tiny")


def outputs(network, x):
    return np.asarray(keras.ops.convert_to_numpy(engine().forward(network)(x)))


def layer_outputs(model, name, x):
    return outputs(keras.Model(model.inputs, model.get_layer(name).output), x)


def latent(n):
    return np.random.default_rng(0).normal(size=(n, 16)).astype("float32")


@pytest.mark.parametrize("name", TINY)
@pytest.mark.parametrize("shape", [(8, 8, 1), (10, 6), (16, 12, 3)])
def test_the_networks_follow_the_size(name, shape):
    with without_values():
        networks = create_networks(name, input_shape=shape)
    assert networks["generator"].output_shape == (None, *shape)
    assert networks["discriminator"].input_shape == (None, *shape)
    assert networks["discriminator"].output_shape == (None, 1)


@pytest.mark.parametrize(
    ("name", "shape", "text"),
    [
        ("sngan_tiny", (9, 8, 1), "sides that are multiples of 2"),
        ("wgan_gp_32", (36, 32, 3), "sides that are multiples of 8"),
        ("sngan_48", (8,), r"input_shape must be \(height, width\)"),
    ],
)
def test_the_error_says_which_sizes_can_be_made(name, shape, text):
    with pytest.raises(ArgumentError, match=rf"{text}.*Received: "):
        create_networks(name, input_shape=shape)


@pytest.mark.parametrize("name", TINY)
def test_classes_are_refused(name):
    with pytest.raises(ArgumentError, match="classes must be None.*Received: 10"):
        create_model(name, classes=10)


@pytest.mark.parametrize("name", TINY)
def test_images_lie_within_bounds_and_are_read_as_such(name):
    keras.utils.set_random_seed(0)
    networks = create_networks(name, bounds=(0.0, 16.0))
    made = outputs(networks["generator"], 1e4 * latent(32))
    assert made.min() == pytest.approx(0, abs=0.2)
    assert made.max() == pytest.approx(16, abs=0.2)
    plain = create_networks(name)["discriminator"]
    plain.set_weights(networks["discriminator"].get_weights())
    np.testing.assert_allclose(outputs(networks["discriminator"], made), outputs(plain, made / 8 - 1), atol=1e-4)


@pytest.mark.parametrize(("name", "pooled"), [("sngan_tiny", np.sum), ("wgan_gp_tiny", np.mean)])
def test_the_last_layer_reads_the_sum_or_the_mean_over_all_positions(name, pooled):
    keras.utils.set_random_seed(0)
    model = create_networks(name)["discriminator"]
    x = np.random.default_rng(1).normal(size=(3, 8, 8, 1)).astype("float32")
    expected = pooled(np.maximum(layer_outputs(model, "stage2", x), 0), axis=(1, 2))
    np.testing.assert_allclose(layer_outputs(model, "features", x), expected, rtol=1e-4, atol=1e-5)


def test_wgan_gp_doubles_by_the_nearest_pixel_and_sngan_in_between():
    """Half-pixel centres: each new pixel is 3/4 of its own old one and 1/4 of the next, the edge counting as next."""
    x = np.array([[0.0, 4.0], [8.0, 12.0]], "float32")
    near = np.repeat(np.repeat(x, 2, 0), 2, 1)
    weights = np.array([[1, 0], [0.75, 0.25], [0.25, 0.75], [0, 1]])
    for name, expected in (("wgan_gp_tiny", near), ("sngan_tiny", weights @ x @ weights.T)):
        layer = create_model(name).get_layer("block1_upsampled")
        found = np.asarray(keras.ops.convert_to_numpy(layer(x[None, :, :, None])))[0, :, :, 0]
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_only_the_discriminator_of_sngan_is_spectrally_normalised():
    networks = create_networks("sngan_tiny")
    u = {role: [w.path for w in network.weights if w.name == "u"] for role, network in networks.items()}
    kernels = [w for w in networks["discriminator"].weights if w.name == "kernel"]
    assert not u["generator"]
    assert len(u["discriminator"]) == len(kernels)
