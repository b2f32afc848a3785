"""Exported networks give the same outputs in onnxruntime: `tox -e onnx`, not by default."""

import sys
from pathlib import Path

import numpy as np
import pytest

from nnbench.core.catalog import create_networks
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.interop.onnx import export_onnx
from nnbench.testing.models import samples

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))
from smallest import smallest_variants

runtime = pytest.importorskip("onnxruntime")
pytest.importorskip("tf2onnx")
# The converter's libraries warn of each other.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("name", smallest_variants())
def test_outputs_agree(name, tmp_path):
    keras.utils.set_random_seed(0)
    for role, network in create_networks(name).items():
        inputs = keras.tree.flatten(samples(network))
        expected = keras.ops.convert_to_numpy(network(inputs[0] if len(inputs) == 1 else inputs, training=False))
        path = tmp_path / f"{role}.onnx"
        export_onnx(network, path)
        session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
        names = [value.name for value in session.get_inputs()]
        (outputs, *_) = session.run(None, dict(zip(names, inputs, strict=True)))
        assert np.abs(outputs - expected).max() <= 1e-4 * max(1, np.abs(expected).max()), role


def test_another_ending_is_refused():
    with pytest.raises(ArgumentError, match=r"path must end in \.onnx"):
        export_onnx(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]), "model.pb")
