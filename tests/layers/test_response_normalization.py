"""Local response normalisation is Krizhevsky's formula, map by map."""

import numpy as np
import pytest

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.layers.response_normalization import LocalResponseNormalization
from nnbench.runtime.engine import engine

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def computed(layer, x, dtype="float32"):
    inputs = keras.Input(x.shape[1:], dtype=dtype)
    return keras.ops.convert_to_numpy(engine().forward(keras.Model(inputs, layer(inputs)))(x.astype(dtype)))


@pytest.mark.parametrize("maps", [1, 2, 7])
def test_every_value_is_divided_by_its_neighbours(maps):
    x = np.random.default_rng(0).normal(size=(2, 3, 4, maps)).astype("float32")
    expected = np.empty_like(x)
    for i in range(maps):
        total = (x[..., max(0, i - 2) : i + 3] ** 2).sum(-1)
        expected[..., i] = x[..., i] / (1.5 + 0.3 * total) ** 0.6
    layer = LocalResponseNormalization(alpha=0.3, beta=0.6, k=1.5)
    np.testing.assert_allclose(computed(layer, x), expected, rtol=1e-5)


def test_large_values_of_half_precision_stay_finite():
    x = np.full((1, 2, 2, 5), 1e3)
    found = computed(LocalResponseNormalization(dtype="float16"), x, "float16")
    np.testing.assert_allclose(found[0, 0, 0, 2], 1e3 / (2 + 1e-4 * 5e6) ** 0.75, rtol=1e-2)


def test_the_configuration_makes_the_layer_anew():
    layer = LocalResponseNormalization(3, 0.1, 0.5, 1.0)
    assert LocalResponseNormalization.from_config(layer.get_config()).get_config() == layer.get_config()
    assert (layer.size, layer.alpha, layer.beta, layer.k) == (3, 0.1, 0.5, 1.0)


@pytest.mark.parametrize("size", [0, 4, -1])
def test_an_even_size_is_an_error(size):
    with pytest.raises(ArgumentError, match=f"size must be an odd number of maps.*Received: {size}"):
        LocalResponseNormalization(size)
