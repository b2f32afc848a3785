"""Saved models load: of built-in layers where nnbench is not installed, the others once it is imported."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
from smallest import smallest_variants

from nnbench.core.catalog import create_model
from nnbench.core.lazy import keras
from nnbench.testing.models import samples

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

PROGRAM = """
import numpy as np
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.keras")):
    arrays = np.load(path.with_suffix(".npz"))
    model = keras.models.load_model(path)
    inputs = [arrays[name] for name in sorted(arrays) if name != "outputs"]
    outputs = keras.ops.convert_to_numpy(model(inputs[0] if len(inputs) == 1 else inputs, training=False))
    assert np.allclose(outputs, arrays["outputs"], rtol=1e-3, atol=1e-4), path.stem
    print(path.stem)
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Save every builder's smallest variant, with inputs and outputs: by whether it needs nnbench."""
    keras.utils.set_random_seed(0)
    folders = {own: tmp_path_factory.mktemp("own" if own else "built_in") for own in (False, True)}
    for name in smallest_variants():
        model = create_model(name)
        own = any(type(layer).__module__.startswith("nnbench.") for layer in model._flatten_layers())
        save(model, folders[own] / name)
    return folders


def save(model, path):
    x = keras.tree.flatten(samples(model))
    outputs = keras.ops.convert_to_numpy(model(x[0] if len(x) == 1 else x, training=False))
    np.savez(path.with_suffix(".npz"), outputs=outputs, **{f"x{i}": array for i, array in enumerate(x)})
    model.save(path.with_suffix(".keras"))


def load_in_a_process(imports, folder):
    program = f"import pathlib, sys\n{imports}\n{PROGRAM}"
    command = [sys.executable, "-c", program, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


def names(folder):
    return sorted(path.stem for path in folder.glob("*.keras"))


def test_models_of_built_in_layers_load_without_nnbench(folders):
    done = load_in_a_process("sys.modules['nnbench'] = None  # importing it raises\nimport keras", folders[False])
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == names(folders[False])
    assert len(names(folders[False])) > len(names(folders[True]))


def test_models_of_our_layers_load_once_nnbench_is_imported(folders):
    done = load_in_a_process("import nnbench, keras", folders[True])
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == names(folders[True])


def test_nnbench_may_be_imported_after_keras(folders, tmp_path):
    for file in folders[True].glob("gpt_tiny.*"):
        shutil.copy(file, tmp_path)
    done = load_in_a_process("import keras, nnbench", tmp_path)
    assert done.stdout.split() == ["gpt_tiny"], done.stderr
