"""Recurrences computed for all steps at once are those computed step by step."""

import numpy as np
import pytest

from nnbench.core.lazy import keras
from nnbench.layers._scan import linear_scan, log_linear_scan
from nnbench.layers.attention_decoder import AttentionDecoder
from nnbench.layers.minimal_recurrence import MinGRU, MinLSTM
from nnbench.layers.selective_scan import LONGEST_STEP, SHORTEST_STEP, SelectiveScan
from nnbench.layers.weight_normalization import WeightNormalizedConv1D
from nnbench.runtime.engine import engine

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

BATCH, WIDTH = 3, 4


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softplus(x):
    return np.logaddexp(0, x)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def computed(layer, *arrays):
    """Return what a new model of `layer` gives, compiled, and the layer's weights by name."""
    inputs = [keras.Input(a.shape[1:]) for a in arrays]
    model = keras.Model(inputs if len(inputs) > 1 else inputs[0], layer(*inputs))
    weights = {w.path.split("/", 1)[1]: normal(*w.shape, seed=i) for i, w in enumerate(model.weights)}
    model.set_weights(list(weights.values()))
    found = engine().forward(model)(list(arrays) if len(arrays) > 1 else arrays[0])
    return keras.ops.convert_to_numpy(found), weights


@pytest.mark.parametrize("steps", [1, 2, 7, 64, 100])
def test_scans(steps):
    decay, drive = np.abs(normal(BATCH, steps, WIDTH)), np.abs(normal(BATCH, steps, WIDTH, seed=1))
    state, expected = np.zeros((BATCH, WIDTH)), []
    for t in range(steps):
        state = decay[:, t] * state + drive[:, t]
        expected.append(state)
    expected = np.stack(expected, axis=1)
    found = linear_scan(keras.ops.convert_to_tensor(decay), keras.ops.convert_to_tensor(drive))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(found), expected, rtol=1e-4)
    found = log_linear_scan(keras.ops.log(decay), keras.ops.log(drive))
    np.testing.assert_allclose(np.exp(keras.ops.convert_to_numpy(found)), expected, rtol=1e-4)


def test_a_long_scan_in_logarithms_loses_no_digits():
    steps = 4096
    decay = np.full((1, steps, 1), np.log(0.5), "float32")
    found = keras.ops.convert_to_numpy(log_linear_scan(keras.ops.convert_to_tensor(decay), keras.ops.zeros_like(decay)))
    np.testing.assert_allclose(np.exp(found[0, 64:, 0]), 2, rtol=1e-5)


@pytest.mark.parametrize("layer", [MinGRU, MinLSTM])
@pytest.mark.parametrize("steps", [1, 33])
def test_minimal_recurrence_is_its_loop(layer, steps):
    units = 5
    x = 2 * normal(BATCH, steps, WIDTH, seed=7)
    found, weights = computed(layer(units), x)
    candidate, *gates = np.split(x @ weights["projection/kernel"] + weights["projection/bias"], layer.projections, -1)
    candidate = np.where(candidate >= 0, candidate + 0.5, sigmoid(candidate))
    if layer is MinGRU:
        keep, add = 1 - sigmoid(gates[0]), sigmoid(gates[0])
    else:
        forget, admit = map(sigmoid, gates)
        keep, add = forget / (forget + admit), admit / (forget + admit)
    state = np.zeros((BATCH, units))
    for t in range(steps):
        state = keep[:, t] * state + add[:, t] * candidate[:, t]
        np.testing.assert_allclose(found[:, t], state, rtol=1e-4)


@pytest.mark.parametrize("steps", [1, 21])
def test_selective_scan_is_its_loop(steps):
    states = 3
    x, delta = normal(BATCH, steps, WIDTH, seed=5), normal(BATCH, steps, WIDTH, seed=6)
    write, read = normal(BATCH, steps, states, seed=7), normal(BATCH, steps, states, seed=8)
    found, weights = computed(SelectiveScan(), x, delta, write, read)
    delta = softplus(delta + weights["step_bias"])
    state = np.zeros((BATCH, WIDTH, states))
    for t in range(steps):
        decay = np.exp(-delta[:, t, :, None] * np.exp(weights["a_log"]))
        state = decay * state + (delta[:, t] * x[:, t])[..., None] * write[:, t, None, :]
        expected = (state * read[:, t, None, :]).sum(-1) + weights["skip"] * x[:, t]
        np.testing.assert_allclose(found[:, t], expected, rtol=1e-4, atol=1e-5)


def test_selective_scan_starts_as_published():
    layer = SelectiveScan()
    layer.build((None, 8, 64), (None, 8, 64), (None, 8, 4), (None, 8, 4))
    a_log, skip, step_bias = (keras.ops.convert_to_numpy(w.value) for w in (layer.a_log, layer.skip, layer.step_bias))
    np.testing.assert_allclose(np.exp(a_log), np.tile([1, 2, 3, 4], (64, 1)), rtol=1e-6)
    assert (skip == 1).all()
    steps = softplus(step_bias)
    assert 0.99 * SHORTEST_STEP < steps.min() < 3e-3
    assert 3e-2 < steps.max() < 1.01 * LONGEST_STEP


def test_weight_normalized_convolution():
    window, filters, steps, dilation = 3, 5, 9, 2
    x = normal(BATCH, steps, WIDTH, seed=5)
    found, weights = computed(WeightNormalizedConv1D(filters, window, dilation_rate=dilation, padding="causal"), x)
    v = weights["kernel"]
    kernel = v * weights["gain"] / np.sqrt((v**2).sum(axis=(0, 1)))
    padded = np.pad(x, ((0, 0), (dilation * (window - 1), 0), (0, 0)))
    parts = [padded[:, dilation * i : dilation * i + steps] @ kernel[i] for i in range(window)]
    np.testing.assert_allclose(found, sum(parts) + weights["bias"], rtol=1e-4, atol=1e-5)


def test_attention_decoder_is_its_loop():
    embedding, units, alignment, context, source, target = 3, 4, 5, 6, 7, 8
    y, annotations = normal(BATCH, target, embedding, seed=20), normal(BATCH, source, context, seed=21)
    state = normal(BATCH, units, seed=22)
    found, weights = computed(AttentionDecoder(alignment), y, annotations, state)
    w = {path.split("/", 1)[-1] if "cell" in path else path: value for path, value in weights.items()}
    w = {"/".join(path.split("/")[-2:]): value for path, value in w.items()}
    kernel, recurrent, bias = w["unit/kernel"], w["unit/recurrent_kernel"], w["unit/bias"]
    for i in range(target):
        hidden = np.tanh((state @ w["query/kernel"])[:, None] + annotations @ w["keys/kernel"])
        scores = np.exp(hidden @ w["score/kernel"])
        seen = (scores / scores.sum(axis=1, keepdims=True) * annotations).sum(axis=1)
        np.testing.assert_allclose(found[:, i], np.concatenate([state, seen], axis=-1), rtol=1e-4, atol=1e-5)
        z, r, h = np.split(np.concatenate([y[:, i], seen], axis=-1) @ kernel + bias, 3, axis=-1)
        rz, rr, rh = np.split(recurrent, 3, axis=-1)
        update, reset = sigmoid(z + state @ rz), sigmoid(r + state @ rr)
        state = update * state + (1 - update) * np.tanh(h + (reset * state) @ rh)
