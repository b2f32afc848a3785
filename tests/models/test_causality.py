import numpy as np
import pytest

from nnbench.core.catalog import create_model
from nnbench.core.lazy import keras
from nnbench.runtime.engine import engine

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

CONTEXT = 12
CHANGED = 7
SMALL = {
    "gpt_tiny": {},
    "gpt2": {"width": 16, "depth": 2, "heads": 2},
    "gpt2_medium": {"width": 16, "depth": 1, "heads": 1, "dropout": 0.0},
    "lstm_char_tiny": {},
}


@pytest.mark.parametrize("name", SMALL)
def test_a_later_token_does_not_change_earlier_logits(name):
    model = create_model(name, input_shape=(CONTEXT,), classes=11, **SMALL[name])
    tokens = np.random.default_rng(0).integers(0, 11, (2, CONTEXT)).astype("int32")
    changed = tokens.copy()
    changed[:, CHANGED] = (changed[:, CHANGED] + 1) % 11
    forward = engine().forward(model)
    a, b = (keras.ops.convert_to_numpy(forward(t)) for t in (tokens, changed))
    np.testing.assert_allclose(a[:, :CHANGED], b[:, :CHANGED], atol=1e-6)
    assert (np.abs(a[:, CHANGED:] - b[:, CHANGED:]).max(axis=(0, 2)) > 1e-6).all()
