import functools
import math

import numpy as np
import pytest

from nnbench.core.catalog import create_networks, list_models, model_info
from nnbench.core.lazy import keras
from nnbench.runtime.abstract import without_values
from nnbench.runtime.engine import engine
from nnbench.testing.models import check_model, samples

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SMALL = 25_000
LARGE = 5_000_000


@functools.cache
def _size(name):
    with without_values():
        return sum(math.prod(w.shape) for network in create_networks(name).values() for w in network.weights)


def _skip_above(name, size):
    if _size(name) > size:
        pytest.skip(f"above {size:,} parameters")


def _another_size(name):
    info = model_info(name)
    shape = tuple(2 * side for side in info.input_shape[:2]) + info.input_shape[2:]
    return shape, None if info.classes is None else info.classes + 1


@pytest.mark.parametrize("name", list_models())
def test_keeps_the_contract(name):
    _skip_above(name, SMALL)
    check_model(name)


@pytest.mark.parametrize("name", list_models())
def test_builds_at_another_size(name):
    _skip_above(name, LARGE)
    shape, classes = _another_size(name)
    info = model_info(name)
    with without_values():
        main = create_networks(name, shape, classes)[info.network]
    given, out = main.inputs[0].shape[1:], main.outputs[0].shape[1:]
    assert shape == (out if info.tasks == ("generation",) else given)
    assert classes is None or out[-1] == classes


@pytest.mark.parametrize("name", list_models())
def test_is_finite_at_another_size(name):
    _skip_above(name, SMALL)
    for network in create_networks(name, *_another_size(name)).values():
        assert np.isfinite(keras.ops.convert_to_numpy(engine().forward(network)(samples(network)))).all()
