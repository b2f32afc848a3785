"""A seed gives the same weights under every backend, and those the same outputs and input gradients."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from backend_outputs import outputs_of
from smallest import smallest_variants

from nnbench.core.lazy import keras
from nnbench.runtime.launch import worker_environment
from nnbench.runtime.names import BACKENDS, MODULES

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SCRIPT = Path(__file__).with_name("backend_outputs.py")


NAMES = smallest_variants()


@pytest.fixture(scope="module", params=[b for b in BACKENDS if b != "tensorflow"])
def others(request, tmp_path_factory):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("one comparison of all backends is enough")
    if importlib.util.find_spec(MODULES[request.param]) is None:
        pytest.skip(f"{request.param} is not installed")
    path = tmp_path_factory.mktemp("outputs") / f"{request.param}.npz"
    command = [sys.executable, str(SCRIPT), str(path), *NAMES]
    done = subprocess.run(
        command, env=worker_environment(request.param, "cpu"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    with np.load(path) as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def ours():
    return {}


@pytest.mark.parametrize("name", NAMES)
def test_outputs_and_gradients(name, others, ours):
    if name not in ours:
        ours[name] = outputs_of(name)
    for key, expected in ours[name].items():
        scale = max(float(np.abs(expected).max()), 1e-6)
        assert np.abs(others[key] - expected).max() <= 1e-4 * scale, key
