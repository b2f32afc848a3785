"""Networks that are told the class, and discriminators that judge several samples at once."""

import numpy as np
import pytest

from nnbench.core.catalog import create_model, create_networks
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.runtime.engine import engine

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def outputs(network, x):
    return np.asarray(keras.ops.convert_to_numpy(engine().forward(network)(x)))


def test_the_label_changes_what_is_made_and_judged():
    networks = create_networks("cgan_tiny")
    noise = np.repeat(np.random.default_rng(0).normal(size=(1, 16)).astype("float32"), 10, axis=0)
    made = outputs(networks["generator"], [noise, np.eye(10, dtype="float32")])
    assert np.ptp(made, axis=0).max() > 1e-3
    judged = outputs(networks["discriminator"], [np.repeat(made[:1], 10, axis=0), np.eye(10, dtype="float32")])
    assert np.ptp(judged) > 1e-4


@pytest.mark.parametrize("bounds", [(0.0, 1.0), (-1.0, 1.0)])
def test_samples_lie_within_bounds_and_are_read_as_such(bounds):
    keras.utils.set_random_seed(0)
    networks = create_networks("cgan_tiny", bounds=bounds)
    label = np.eye(10, dtype="float32")
    made = outputs(
        networks["generator"], [1e4 * np.random.default_rng(0).normal(size=(10, 16)).astype("float32"), label]
    )
    assert (made.min(), made.max()) == pytest.approx(bounds, abs=1e-2)
    plain = create_networks("cgan_tiny")["discriminator"]
    plain.set_weights(networks["discriminator"].get_weights())
    unit = (made - bounds[0]) / (bounds[1] - bounds[0])
    expected = outputs(plain, [unit, label])
    np.testing.assert_allclose(outputs(networks["discriminator"], [made, label]), expected, atol=1e-5)


def test_the_published_widths():
    networks = create_networks("cgan_28")
    units = {layer.name: layer.units for layer in networks["generator"].layers if isinstance(layer, keras.layers.Dense)}
    assert units == {"from_latent": 200, "from_label": 1000, "joint": 1200, "values": 784}
    layers = networks["discriminator"].layers
    assert {layer.name: layer.output.shape[1:] for layer in layers if layer.name.endswith("_pieces")} == {
        "from_sample_pieces": (5, 240),
        "from_label_pieces": (5, 50),
        "joint_pieces": (4, 240),
    }


def test_a_conditional_gan_needs_classes():
    from nnbench.models.cgan import cgan

    with pytest.raises(ArgumentError, match="classes must be the number of labels.*Received: None"):
        cgan(input_shape=(8, 8, 1), classes=None)


@pytest.mark.parametrize("pac", [2, 3])
def test_a_packing_discriminator_reads_so_many_samples_at_once(pac):
    networks = create_networks("pacgan_tiny", pac=pac)
    assert networks["generator"].output_shape == (None, 2)
    assert networks["discriminator"].input_shape == (None, pac, 2)
    assert networks["discriminator"].output_shape == (None, 1)


def test_the_packs_of_the_published_variants():
    for pac in (2, 3, 4):
        assert create_networks(f"pacgan{pac}")["discriminator"].input_shape == (None, pac, 2)


def test_a_pack_needs_a_sample():
    with pytest.raises(ArgumentError, match="pac must be at least 1. Received: 0"):
        create_networks("pacgan_tiny", pac=0)


def test_hidden_layers_of_wgan_gp_start_from_hes_distribution():
    model = create_model("wgan_gp_mlp")
    kernel = np.asarray(keras.ops.convert_to_numpy(model.get_layer("hidden2").kernel.value))
    limit = (6 / 512) ** 0.5
    assert 0.99 * limit < np.abs(kernel).max() <= limit
    kernel = np.asarray(keras.ops.convert_to_numpy(model.get_layer("values").kernel.value))
    limit = (6 / 514) ** 0.5
    assert 0.98 * limit < np.abs(kernel).max() <= limit
