"""Swin's windows against attention computed pair by pair, and its weights under other libraries' names."""

import math

import numpy as np
import pytest

from nnbench.core.catalog import create_model
from nnbench.core.lazy import keras
from nnbench.interop.importing import load_weights
from nnbench.runtime.engine import engine

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

WINDOW, HEADS, CHANNELS = 3, 2, 4


def values_of(tensor):
    return keras.ops.convert_to_numpy(tensor)


def window_attention(shape, shift):
    """Return a model of one layer with random weights, its weights by name, and an input of `shape`."""
    from nnbench.layers.windows import WindowAttention

    rng = np.random.default_rng(0)
    inputs = keras.Input(shape)
    model = keras.Model(inputs, WindowAttention(HEADS, WINDOW, shift, name="attention")(inputs))
    model.set_weights([rng.normal(size=w.shape) for w in model.weights])
    weights = {w.path.removeprefix("attention/"): values_of(w.value) for w in model.weights}
    return model, weights, rng.normal(size=(2, *shape)).astype("float32")


def pair_by_pair(weights, image, shift):
    """Attend from each pixel to those that share its window: once the grid is moved, and without wrapping around."""
    height, width = (-(-side // WINDOW) * WINDOW for side in image.shape[:2])
    padded = np.zeros((height, width, CHANNELS))
    padded[: image.shape[0], : image.shape[1]] = image
    down, right = (shift if side > WINDOW else 0 for side in (height, width))
    q, k, v = np.split(padded @ weights["qkv/kernel"] + weights["qkv/bias"], 3, axis=-1)
    gathered = np.zeros_like(padded)
    pixels = [(i, j) for i in range(height) for j in range(width)]
    for i, j in pixels:
        window = [
            (a, b)
            for a, b in pixels
            if (a - down) // WINDOW == (i - down) // WINDOW and (b - right) // WINDOW == (j - right) // WINDOW
        ]
        number = [(i - a + WINDOW - 1) * (2 * WINDOW - 1) + j - b + WINDOW - 1 for a, b in window]
        for head, part in enumerate(np.split(np.arange(CHANNELS), HEADS)):
            scores = [q[i, j, part] @ k[a, b, part] / math.sqrt(len(part)) for a, b in window]
            scores = np.exp(np.array(scores) + weights["table"][number, head])
            share = scores / scores.sum()
            gathered[i, j, part] = sum(s * v[a, b, part] for s, (a, b) in zip(share, window, strict=True))
    outputs = gathered @ weights["projection/kernel"] + weights["projection/bias"]
    return outputs[: image.shape[0], : image.shape[1]]


@pytest.mark.parametrize("shift", [0, 1, 2])
@pytest.mark.parametrize("sides", [(6, 9), (4, 7), (2, 8), (3, 3)])
def test_windows_attend_pair_by_pair(sides, shift):
    model, weights, x = window_attention((*sides, CHANNELS), shift)
    expected = [pair_by_pair(weights, image, shift) for image in x]
    np.testing.assert_allclose(values_of(engine().forward(model)(x)), expected, rtol=1e-3, atol=1e-3)


def test_a_layer_counts_padded_positions():
    model, _, _ = window_attention((4, 7, CHANNELS), 1)
    positions = 6 * 9
    products = positions * (CHANNELS * 4 * CHANNELS + 2 * WINDOW**2 * CHANNELS)
    assert model.layers[1].flops((1, 4, 7, CHANNELS)) == 2 * products


def test_merging_puts_neighbours_side_by_side_column_by_column():
    from nnbench.models.swin import merged

    inputs = keras.Input((3, 2, 1))
    model = keras.Model(inputs, merged(inputs, "merging"))
    four = keras.Model(inputs, model.get_layer("merging_four").output)
    found = values_of(engine().forward(four)(np.arange(1, 7, dtype="float32").reshape(1, 3, 2, 1)))
    np.testing.assert_array_equal(found[0, :, 0], [[1, 3, 2, 4], [5, 0, 6, 0]])


OURS = {
    "patch_embedding": ("features.0.0", "patch_embed.proj"),
    "patch_norm": ("features.0.2", "patch_embed.norm"),
    "stage2_merging_norm": ("features.2.norm", "layers.1.downsample.norm"),
    "stage2_merging": ("features.2.reduction", "layers.1.downsample.reduction"),
    "norm": ("norm", "norm"),
    "logits": ("head", "head.fc"),
}
PARTS = {
    "norm1": ("norm1", "norm1"),
    "attention": ("attn", "attn"),
    "attention/qkv": ("attn.qkv", "attn.qkv"),
    "attention/projection": ("attn.proj", "attn.proj"),
    "norm2": ("norm2", "norm2"),
    "mlp1": ("mlp.0", "mlp.fc1"),
    "mlp2": ("mlp.3", "mlp.fc2"),
}
BLOCKS = {(1, 1): ("features.1.0", "layers.0.blocks.0"), (1, 2): ("features.1.1", "layers.0.blocks.1")}
BLOCKS |= {(2, 1): ("features.3.0", "layers.1.blocks.0")}
for (_stage, _block), _theirs in BLOCKS.items():
    for _part, _names in PARTS.items():
        pair = tuple(f"{a}.{b}" for a, b in zip(_theirs, _names, strict=True))
        OURS[f"stage{_stage}_block{_block}_{_part}"] = pair
VARIABLES = {"gamma": "weight", "beta": "bias", "bias": "bias", "kernel": "weight"}
VARIABLES["table"] = "relative_position_bias_table"


@pytest.mark.parametrize(("source", "column"), [("torchvision", 0), ("timm", 1)])
def test_weights_under_the_names_of(source, column):
    model, rng = create_model("swin_mini"), np.random.default_rng(0)
    expected = {w.path: rng.normal(size=w.shape).astype("float32") for w in model.weights}
    state = {"features.1.0.attn.relative_position_index": np.zeros(16)}
    for path, value in expected.items():
        layer, _, variable = path.rpartition("/")
        # Kernels are (outputs, inputs, height, width) in PyTorch.
        value = value.transpose(*range(value.ndim)[:-3:-1], *range(value.ndim - 2)) if variable == "kernel" else value
        state[f"{OURS[layer][column]}.{VARIABLES[variable]}"] = value
    load_weights(model, state, source)
    for weight in model.weights:
        np.testing.assert_array_equal(values_of(weight.value), expected[weight.path])
