"""Saved models load: of built-in layers where nnbench is not installed, the others once it is imported."""

import subprocess
import sys

import numpy as np
import pytest

from nnbench.core.catalog import create_model
from nnbench.core.lazy import keras
from nnbench.runtime.engine import engine
from nnbench.testing.models import samples

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

MODELS = {
    "lenet5": {},
    "mnist1d_mlp": {},
    "mnist1d_cnn": {},
    "mnist1d_gru": {},
    "lstm_tiny": {},
    "resnet_tiny": {"depths": (1, 1), "stem": "imagenet"},
    "resnet20_cifar": {"blocks": 1, "input_shape": (8, 8, 3)},
    "mlp_gan": {},
}

PROGRAM = """
import numpy as np
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.keras")):
    arrays = np.load(path.with_suffix(".npz"))
    model = keras.models.load_model(path)
    outputs = model.predict(arrays["x"], verbose=0)
    assert np.allclose(outputs, arrays["outputs"], atol=1e-4), path.stem
    print(path.stem)
"""

OWN_LAYERS = {"transformer_tiny": {}, "gpt_tiny": {}}


def test_models_of_built_in_layers_load_without_nnbench(tmp_path):
    save(MODELS, tmp_path)
    done = load_in_a_process("sys.modules['nnbench'] = None  # importing it raises\nimport keras", tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == sorted(MODELS)


@pytest.mark.parametrize("imports", ["import nnbench, keras", "import keras, nnbench"])
def test_models_of_our_layers_load_once_nnbench_is_imported(tmp_path, imports):
    save(OWN_LAYERS, tmp_path)
    done = load_in_a_process(imports, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == sorted(OWN_LAYERS)


def save(models, folder):
    """Save models, each with inputs and the outputs that they give."""
    for name, options in models.items():
        model = create_model(name, **options)
        x = samples(model)
        outputs = keras.ops.convert_to_numpy(engine().forward(model)(x))
        np.savez(folder / f"{name}.npz", x=x, outputs=outputs)
        model.save(folder / f"{name}.keras")


def load_in_a_process(imports, folder):
    program = f"import pathlib, sys\n{imports}\n{PROGRAM}"
    return subprocess.run(
        [sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=False, cwd=folder
    )
