"""MLP-Mixer, gMLP and ResMLP: what they compute from a state dict in timm's names, against NumPy."""

import math

import numpy as np
import pytest

from nnbench.core.catalog import create_model
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.interop.importing import load_weights
from nnbench.runtime.engine import engine
from nnbench.testing.models import samples

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

PATCHES, WIDTH, BLOCKS, PATCH = 16, 16, 2, 2

# the parameters of one block of the small variants, as timm shapes them
MIXER = {
    "norm1": {"weight": (16,), "bias": (16,)},
    "mlp_tokens.fc1": {"weight": (8, 16), "bias": (8,)},
    "mlp_tokens.fc2": {"weight": (16, 8), "bias": (16,)},
    "norm2": {"weight": (16,), "bias": (16,)},
    "mlp_channels.fc1": {"weight": (64, 16), "bias": (64,)},
    "mlp_channels.fc2": {"weight": (16, 64), "bias": (16,)},
}
GMLP = {
    "norm": {"weight": (16,), "bias": (16,)},
    "mlp_channels.fc1": {"weight": (96, 16), "bias": (96,)},
    "mlp_channels.gate.norm": {"weight": (48,), "bias": (48,)},
    "mlp_channels.gate.proj": {"weight": (16, 16), "bias": (16,)},
    "mlp_channels.fc2": {"weight": (16, 48), "bias": (16,)},
}
RESMLP = {
    "norm1": {"alpha": (1, 1, 16), "beta": (1, 1, 16)},
    "linear_tokens": {"weight": (16, 16), "bias": (16,)},
    "norm2": {"alpha": (1, 1, 16), "beta": (1, 1, 16)},
    "mlp_channels.fc1": {"weight": (64, 16), "bias": (64,)},
    "mlp_channels.fc2": {"weight": (16, 64), "bias": (16,)},
    "ls1": {"": (16,)},
    "ls2": {"": (16,)},
}


def state_dict(block, norm):
    shapes = {"stem.proj.weight": (16, 1, PATCH, PATCH), "stem.proj.bias": (16,)}
    shapes |= {"head.weight": (10, 16), "head.bias": (10,)}
    shapes |= {f"norm.{part}": shape for part, shape in norm.items()}
    for i in range(BLOCKS):
        for module, parts in block.items():
            shapes |= {f"blocks.{i}.{module}.{part}".rstrip("."): shape for part, shape in parts.items()}
    rng = np.random.default_rng(0)
    return {name: rng.normal(0, 0.5, shape).astype("float32") for name, shape in shapes.items()}


def mixer_block(x, at):
    h = at.normalized(x, "norm1", 1e-6).swapaxes(1, 2)
    x = x + at.two_layers(h, "mlp_tokens").swapaxes(1, 2)
    return x + at.two_layers(at.normalized(x, "norm2", 1e-6), "mlp_channels")


def gmlp_block(x, at):
    h = gelu(at.linear(at.normalized(x, "norm", 1e-6), "mlp_channels.fc1"))
    kept, gate = h[..., :48], h[..., 48:]
    gate = at.normalized(gate, "mlp_channels.gate.norm", 1e-5).swapaxes(1, 2)
    gate = at.linear(gate, "mlp_channels.gate.proj").swapaxes(1, 2)
    return x + at.linear(kept * gate, "mlp_channels.fc2")


def resmlp_block(x, at):
    h = at.linear(at.affine(x, "norm1").swapaxes(1, 2), "linear_tokens").swapaxes(1, 2)
    x = x + at.state["ls1"] * h
    return x + at.state["ls2"] * at.two_layers(at.affine(x, "norm2"), "mlp_channels")


NORM = MIXER["norm1"]
AFFINE = RESMLP["norm1"]
CASES = {
    "mixer_tiny": (MIXER, NORM, mixer_block),
    "gmlp_tiny": (GMLP, NORM, gmlp_block),
    "resmlp_tiny": (RESMLP, AFFINE, resmlp_block),
}


class At:
    """The parameters under a prefix, and what timm's modules compute with them."""

    def __init__(self, state, prefix):
        self.state = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}

    def linear(self, x, name):
        return x @ self.state[f"{name}.weight"].T + self.state[f"{name}.bias"]

    def two_layers(self, x, name):
        return self.linear(gelu(self.linear(x, f"{name}.fc1")), f"{name}.fc2")

    def normalized(self, x, name, epsilon):
        x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt(np.square(x).mean(-1, keepdims=True) + epsilon)
        return x * self.state[f"{name}.weight"] + self.state[f"{name}.bias"]

    def affine(self, x, name):
        return x * self.state[f"{name}.alpha"] + self.state[f"{name}.beta"]


def gelu(x):
    return x * (1 + np.vectorize(math.erf)(x / 2**0.5)) / 2


def expected_logits(name, state, x):
    _, norm, block = CASES[name]
    root = At(state, "")
    cut = x.reshape(-1, 4, PATCH, 4, PATCH, 1).transpose(0, 1, 3, 5, 2, 4).reshape(-1, PATCHES, PATCH * PATCH)
    x = cut @ state["stem.proj.weight"].reshape(WIDTH, -1).T + state["stem.proj.bias"]
    for i in range(BLOCKS):
        x = block(x, At(state, f"blocks.{i}."))
    x = root.affine(x, "norm") if norm is AFFINE else root.normalized(x, "norm", 1e-6)
    return root.linear(x.mean(1), "head")


@pytest.mark.parametrize("name", CASES)
def test_computes_what_timm_computes(name):
    state = state_dict(*CASES[name][:2])
    model = create_model(name)
    load_weights(model, state, "timm")
    x = samples(model)
    found = keras.ops.convert_to_numpy(engine().forward(model)(x))
    expected = expected_logits(name, state, x)
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("name", CASES)
def test_a_missing_and_a_surplus_key_are_named(name):
    state = state_dict(*CASES[name][:2])
    state["surplus.weight"] = state.pop("blocks.1.mlp_channels.fc2.weight")
    with pytest.raises(ArgumentError, match=r"(?s)needs blocks.1.mlp_channels.fc2.weight.*surplus.weight is not used"):
        load_weights(create_model(name), state, "timm")


@pytest.mark.parametrize("name", CASES)
def test_other_sizes_of_images_and_patches(name):
    model = create_model(name, input_shape=(12, 8, 3), classes=4, patch=4)
    assert model.get_layer("patches").output.shape == (None, 6, 16)
    assert engine().forward(model)(samples(model)).shape == (4, 4)


@pytest.mark.parametrize("name", CASES)
def test_patches_divide_the_image(name):
    with pytest.raises(ArgumentError, match=r"sides that patch \(2\) divides. Received: \(9, 8, 1\)"):
        create_model(name, input_shape=(9, 8, 1))


def test_half_of_the_units_gates_the_other():
    with pytest.raises(ArgumentError, match=r"ratio must make the hidden units.*even. Received: 17 units"):
        create_model("gmlp_tiny", width=17, ratio=1)


@pytest.mark.parametrize("name", ["mixer_tiny", "gmlp_tiny"])
def test_a_published_head_starts_at_zero(name):
    model = create_model(name, zero_head=True)
    assert not np.asarray(keras.ops.convert_to_numpy(engine().forward(model)(samples(model)))).any()


def test_a_gate_starts_open():
    weights = {w.path: keras.ops.convert_to_numpy(w.value) for w in create_model("gmlp_tiny").weights}
    assert 0 < np.abs(weights["block2_gate/kernel"]).max() < 1e-5
    np.testing.assert_array_equal(weights["block2_gate/bias"], 1)


def test_layers_of_one_network_do_not_start_alike():
    weights = {w.path: keras.ops.convert_to_numpy(w.value) for w in create_model("resmlp_tiny").weights}
    first, second = (weights[f"block1_channels{i}/kernel"].ravel() for i in (1, 2))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.2
    np.testing.assert_array_equal(weights["block1_scale1/kernel"], np.float32(0.1))
