"""Exported networks give the same outputs in onnxruntime: `tox -e onnx`, not by default."""

import sys
from pathlib import Path

import pytest

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.interop.onnx import export_onnx
from nnbench.testing.exports import check_onnx

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))
from smallest import smallest_variants

pytest.importorskip("onnxruntime")
pytest.importorskip("tf2onnx")
# The converter's libraries warn of each other.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("name", smallest_variants())
def test_outputs_agree(name):
    check_onnx(name)


def test_another_ending_is_refused():
    with pytest.raises(ArgumentError, match=r"path must end in \.onnx"):
        export_onnx(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]), "model.pb")
