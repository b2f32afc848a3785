"""Every builder keeps the contract.

Under JAX, which compiles each of a thousand functions by itself, the smallest of each main family are checked, since
`test_backends_agree` compares the outputs and gradients of all; NNBENCH_EVERY_MODEL=1 checks all there too.
"""

import os

import pytest
from smallest import smallest_of_families, smallest_variants

from nnbench.core.catalog import create_networks, model_info
from nnbench.core.lazy import keras
from nnbench.interop.surgery import stages
from nnbench.runtime.abstract import without_values
from nnbench.testing.models import check_model

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

EVERY = keras.backend.backend() != "jax" or os.environ.get("NNBENCH_EVERY_MODEL")
NAMES = smallest_variants() if EVERY else smallest_of_families()
IMAGE_CLASSIFIERS = [
    name
    for name in NAMES
    if model_info(name).family in ("cnn", "transformer") and model_info(name).tasks[0] == "classification"
]


@pytest.mark.parametrize("name", NAMES)
def test_keeps_the_contract(name):
    check_model(name)


@pytest.mark.parametrize("name", IMAGE_CLASSIFIERS)
def test_networks_of_stages_name_them(name):
    with without_values():
        assert stages(create_networks(name)["model"])
