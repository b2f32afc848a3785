"""Models of built-in layers load where nnbench is not installed."""

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
import pathlib, sys
sys.modules["nnbench"] = None  # importing it raises
import keras, numpy as np
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.keras")):
    arrays = np.load(path.with_suffix(".npz"))
    model = keras.models.load_model(path)
    outputs = model.predict(arrays["x"], verbose=0)
    assert np.allclose(outputs, arrays["outputs"], atol=1e-4), path.stem
    print(path.stem)
"""


def test_they_load_without_nnbench(tmp_path):
    for name, options in MODELS.items():
        model = create_model(name, **options)
        x = samples(model)
        outputs = keras.ops.convert_to_numpy(engine().forward(model)(x))
        np.savez(tmp_path / f"{name}.npz", x=x, outputs=outputs)
        model.save(tmp_path / f"{name}.keras")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == sorted(MODELS)
