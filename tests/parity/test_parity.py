"""The same weights give the logits of the library that they came from, within 1e-4 of the largest.

A network that rounds worse than that by itself, as its library's own logits in float64 show, may differ by twice that.

The references are made once, in an environment of their own: `tox -e references -- FOLDER`, then
`NNBENCH_REFERENCES=FOLDER tox -e parity`.
"""

import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from nnbench.core.catalog import create_model
from nnbench.core.lazy import keras
from nnbench.interop.importing import load_weights
from nnbench.runtime.engine import engine

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

FOLDER = os.environ.get("NNBENCH_REFERENCES", "")
FILES = sorted(Path(FOLDER).glob("*.safetensors")) if FOLDER else []

# timm normalises with ε 1e-5 where the code that these variants follow has 1e-3.
OVERRIDES = {"timm-efficientnet_v2_s": {"epsilon": 1e-5}, "timm-mobilenet_v3_large": {"epsilon": 1e-5}}

if not FILES:
    pytest.skip("NNBENCH_REFERENCES names no folder of references", allow_module_level=True)


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_logits(path, record_property):
    source, _, variant = path.stem.partition("-")
    state = load_file(path)
    x, logits = state.pop("__x").transpose(0, 2, 3, 1), state.pop("__logits")
    rounding = float(state.pop("__rounding"))
    model = create_model(variant, input_shape=x.shape[1:], **OVERRIDES.get(path.stem, {}))
    load_weights(model, state, source=source)
    ours = keras.ops.convert_to_numpy(engine().forward(model)(np.ascontiguousarray(x)))
    difference = float(np.abs(ours - logits).max() / np.abs(logits).max())
    print(f"{variant}: {difference:.1e}, where its library rounds by {rounding:.1e}")
    assert difference < (1e-4 if rounding < 1e-4 else 2 * rounding)
