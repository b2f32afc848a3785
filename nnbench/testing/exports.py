"""The contract of exported models: another runtime computes the same."""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from nnbench.core.catalog import create_networks
from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape
from nnbench.interop.onnx import export_onnx
from nnbench.testing._model_samples import SEED, numpy, samples

TOLERANCE = 1e-4


def check_onnx(name: str, input_shape: Shape | None = None, classes: int | None = None) -> None:
    """Check that onnxruntime computes from a variant's ONNX file what the variant does, for any batch size.

    Every network of the variant is exported. Sets the global random seed.

    Args:
        name: a registered variant.
        input_shape, classes: as in `nnbench.core.catalog.create_model`.

    Raises:
        AssertionError: the outputs differ by more than 1e-4 of the largest (of 1, where that is smaller).
        ArgumentError: onnxruntime, or the backend's converter, is not installed.
    """
    keras.utils.set_random_seed(SEED)
    for role, network in create_networks(name, input_shape, classes).items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.onnx"
            export_onnx(network, path)
            for n in (4, 1):
                _check_outputs(f"{name} ({role}), {n} samples", network, path, n)


def _check_outputs(label: str, network: Any, path: Path, n: int) -> None:
    x = samples(network, n)
    expected, found = numpy(network(x, training=False)), _run(path, keras.tree.flatten(x))
    assert found.shape == expected.shape, f"{label}: onnxruntime gives {found.shape}, not {expected.shape}"
    difference = float(np.abs(found - expected).max()) / max(1.0, float(np.abs(expected).max()))
    assert difference <= TOLERANCE, f"{label}: onnxruntime's outputs differ by {difference:.1e} of the largest"


def _run(path: Path, inputs: list[Array]) -> Array:
    """Return the first output that onnxruntime computes."""
    try:
        runtime = importlib.import_module("onnxruntime")
    except ImportError as error:
        raise ArgumentError(f"the check needs onnxruntime: {error}") from error
    session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_inputs()]
    return np.asarray(session.run(None, dict(zip(names, inputs, strict=True)))[0])
