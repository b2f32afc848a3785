"""The U-Net of DDPM: the timestep's embedding, attention, sizes."""

import math

import numpy as np
import pytest

from nnbench.core.catalog import create_model
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.runtime.abstract import without_values
from nnbench.runtime.engine import engine

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def outputs(network, x):
    return np.asarray(keras.ops.convert_to_numpy(engine().forward(network)(x)))


def images(n=2, side=8):
    return np.random.default_rng(0).normal(size=(n, side, side, 1)).astype("float32")


def test_the_timestep_is_embedded_in_sines_and_cosines():
    model = create_model("ddpm_tiny", width=8)
    first = model.get_layer("time1")
    embedding = keras.Model(model.inputs, first.input)
    times = np.array([0, 1, 500, 999], "int32")
    angles = times[:, None] * np.array([10_000 ** (-i / 3) for i in range(4)])
    expected = np.concatenate([np.sin(angles), np.cos(angles)], axis=1)
    np.testing.assert_allclose(outputs(embedding, [images(4), times]), expected, atol=1e-3)
    assert first.units == 32


def test_the_noise_depends_on_the_timestep():
    model = create_model("ddpm_tiny")
    x = np.repeat(images(1), 2, axis=0)
    found = outputs(model, [x, np.array([0, 900], "int32")])
    assert np.abs(found[0] - found[1]).max() > 1e-3


def test_attention_is_where_the_image_has_the_named_sides():
    with without_values():
        model = create_model("ddpm_32")
    queries = {layer.name.removesuffix("_query") for layer in model.layers if layer.name.endswith("_query")}
    assert queries == {
        *(f"down2_block{i}_attention" for i in (1, 2)),
        *(f"up2_block{i}_attention" for i in (1, 2, 3)),
        "middle_attention",
    }


def test_attention_mixes_positions_by_the_softmax_of_scaled_products():
    keras.utils.set_random_seed(0)
    model = create_model("ddpm_tiny")
    name = "middle_attention"
    layers = [model.get_layer(f"{name}_{part}") for part in ("query", "key", "value", "output")]
    x = [images(), np.array([3, 7], "int32")]
    q, k, v, mixed = (outputs(keras.Model(model.inputs, tensor), x)[:, :, 0] for tensor in (
        *(layer.output for layer in layers[:3]),
        layers[3].input,
    ))  # fmt: skip
    scores = np.exp(np.einsum("bqc,bkc->bqk", q, k) / math.sqrt(q.shape[-1]))
    expected = np.einsum("bqk,bkc->bqc", scores / scores.sum(-1, keepdims=True), v)
    np.testing.assert_allclose(mixed, expected, atol=1e-4)


def test_the_published_network_starts_by_predicting_almost_nothing():
    model = create_model("ddpm_tiny", last_scale=1e-10)
    assert np.abs(outputs(model, [images(), np.array([1, 2], "int32")])).max() < 1e-3


@pytest.mark.parametrize("shape", [(8, 8, 1), (6, 10), (12, 8, 3)])
def test_the_noise_has_the_shape_of_the_image(shape):
    with without_values():
        model = create_model("ddpm_tiny", input_shape=shape)
    assert model.input_shape == [(None, *shape), (None,)]
    assert model.output_shape == (None, *shape)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"input_shape": (9, 8, 1)}, "input_shape must have sides that are multiples of 2"),
        ({"classes": 10}, "classes must be None"),
        ({"width": 7}, "width must be even"),
        ({"groups": 3}, r"multiples of groups \(3\)"),
    ],
)
def test_the_error_names_the_argument_and_what_came(options, text):
    with pytest.raises(ArgumentError, match=rf"{text}.*Received: "):
        create_model("ddpm_tiny", **options)
