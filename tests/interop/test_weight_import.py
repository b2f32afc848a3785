"""Weights by another library's names: every key used once, every mismatch named, nothing half done."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from nnbench.core.catalog import create_model
from nnbench.core.errors import ArgumentError, UnknownNameError
from nnbench.core.lazy import keras
from nnbench.core.weights import Key, WeightMap
from nnbench.interop._keys import placed
from nnbench.interop._layers import Owner, converted, owners
from nnbench.interop.importing import load_weights

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

TINY = {"stem": "imagenet", "input_shape": (16, 16, 1)}


def state_of(model):
    """Return random tensors under torchvision's names, in PyTorch's layouts."""
    rng = np.random.default_rng(0)
    state = {}

    def convolution(name, outputs, inputs, kernel):
        state[f"{name}.weight"] = rng.normal(size=(outputs, inputs, kernel, kernel)).astype("float32")

    def normalization(name, width):
        for part in ("weight", "bias", "running_mean", "running_var"):
            state[f"{name}.{part}"] = rng.uniform(0.5, 1.5, width).astype("float32")
        state[f"{name}.num_batches_tracked"] = np.array(7)

    convolution("conv1", 8, 1, 7)
    normalization("bn1", 8)
    for stage, (inputs, width) in enumerate([(8, 8), (8, 16), (16, 32)], 1):
        for i, before in ((1, inputs), (2, width)):
            convolution(f"layer{stage}.0.conv{i}", width, before, 3)
            normalization(f"layer{stage}.0.bn{i}", width)
        if stage > 1:
            convolution(f"layer{stage}.0.downsample.0", width, inputs, 1)
            normalization(f"layer{stage}.0.downsample.1", width)
    state["fc.weight"] = rng.normal(size=(10, 32)).astype("float32")
    state["fc.bias"] = rng.normal(size=10).astype("float32")
    return state


@pytest.fixture
def model():
    keras.utils.set_random_seed(0)
    return create_model("resnet_tiny", **TINY)


def numpy(variable):
    return np.asarray(keras.ops.convert_to_numpy(variable.value))


def test_every_weight_is_set_in_our_layout(model):
    state = state_of(model)
    load_weights(model, state)
    stem = model.get_layer("stem").kernel
    assert np.array_equal(numpy(stem), state["conv1.weight"].transpose(2, 3, 1, 0))
    norm = model.get_layer("stage2_block1_shortcut_norm")
    assert np.array_equal(numpy(norm.moving_variance), state["layer2.0.downsample.1.running_var"])
    assert np.array_equal(numpy(model.get_layer("logits").kernel), state["fc.weight"].T)


def test_a_file_does_the_same_as_a_mapping(model, tmp_path):
    state = state_of(model)
    save_file(state, tmp_path / "weights.safetensors")
    np.savez(tmp_path / "weights.npz", **state)
    load_weights(model, state)
    expected = [numpy(w) for w in model.weights]
    for name in ("weights.safetensors", "weights.npz"):
        other = create_model("resnet_tiny", **TINY)
        load_weights(other, tmp_path / name)
        assert all(np.array_equal(numpy(w), e) for w, e in zip(other.weights, expected, strict=True))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s.pop("layer1.0.conv1.weight"), r"stage1_block1_conv1/kernel needs layer1\.0\.conv1\.weight, which"),
        (lambda s: s.update({"layer9.extra": np.zeros(2)}), r"layer9\.extra is not used"),
        (lambda s: s.update({"fc.weight": np.zeros((3, 32))}), r"logits/kernel from fc\.weight: \(3, 32\) becomes"),
    ],
)
def test_a_mismatch_is_named_and_nothing_is_changed(model, change, said):
    state, before = state_of(model), [numpy(w).copy() for w in model.weights]
    change(state)
    with pytest.raises(ArgumentError, match=said):
        load_weights(model, state)
    assert all(np.array_equal(numpy(w), b) for w, b in zip(model.weights, before, strict=True))


def test_all_mismatches_are_told_at_once(model):
    state = {name: value for name, value in state_of(model).items() if not name.startswith("layer3")}
    with pytest.raises(ArgumentError) as error:
        load_weights(model, state)
    assert str(error.value).count("which is missing") == 12
    assert "and 3 more" in str(error.value)


def test_a_head_of_other_classes_keeps_its_weights(model):
    model = create_model("resnet_tiny", classes=3, **TINY)
    before = numpy(model.get_layer("logits").kernel).copy()
    state = state_of(model)
    load_weights(model, state, skip=("logits",))
    assert np.array_equal(numpy(model.get_layer("logits").kernel), before)
    assert np.array_equal(numpy(model.get_layer("stem_norm").gamma), state["bn1.weight"])


def test_keras_s_own_names(model):
    state = {w.path: np.full(w.shape, 0.5, "float32") for w in model.weights}
    load_weights(model, state, source="keras")
    assert all((numpy(w) == 0.5).all() for w in model.weights)
    with pytest.raises(ArgumentError, match="stem/kernel is missing"):
        load_weights(model, {n: v for n, v in state.items() if n != "stem/kernel"}, source="keras")


@pytest.mark.parametrize(
    ("weights", "options", "said"),
    [
        ("missing.safetensors", {}, "weights must be a file that exists"),
        ("weights.pt", {}, r"safetensors\.torch\.save_file"),
        ({}, {}, "at least one tensor"),
        ({"a": 1}, {"source": "timmm"}, "source must be one of .* Did you mean 'timm'"),
        ({"a": 1}, {"source": "transformers"}, "resnet_tiny cannot read weights of transformers; there are maps for"),
    ],
)
def test_bad_arguments(model, weights, options, said):
    with pytest.raises(ArgumentError, match=said):
        load_weights(model, weights, **options)


def test_a_model_that_nobody_registered_has_no_map():
    stranger = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)], name="stranger")
    with pytest.raises(UnknownNameError):
        load_weights(stranger, {"a": np.zeros(1)})


def dense_owner(layer, width):
    layer.build((None, *width))
    (owner,) = owners(keras.Sequential([keras.Input(width), layer]))
    return owner


def test_a_linear_layer_after_flattening_is_reordered():
    owner = dense_owner(keras.layers.Dense(2, name="fc"), (12,))
    theirs = np.arange(24.0, dtype="float32").reshape(2, 12)  # two outputs, of maps (3, 2, 2) with channels first
    ours = converted(owner, "kernel", [theirs], Key("fc", unflatten=(3, 2, 2)))
    image = np.random.default_rng(0).normal(size=(2, 2, 3)).astype("float32")
    assert np.allclose(image.reshape(-1) @ ours, theirs @ image.transpose(2, 0, 1).reshape(-1), atol=1e-5)


def test_a_fused_projection_is_cut_into_its_parts():
    owner = dense_owner(keras.layers.Dense(2, name="fc"), (3,))
    fused = np.arange(18.0, dtype="float32").reshape(6, 3)
    assert np.array_equal(converted(owner, "kernel", [fused], Key("qkv", part=(1, 3))), fused[2:4].T)
    assert np.array_equal(
        converted(owner, "kernel", [fused.T], Key("qkv", part=(1, 3), transposed=False)), fused[2:4].T
    )


def test_modules_are_counted_in_natural_order():
    found = [Owner(None, f"conv{i}", {}) for i in (1, 2, 3)]
    state = dict.fromkeys(("features.10.weight", "features.9.weight", "features.0.bias", "features.0.weight"))
    places = placed(found, WeightMap({r"conv\d+": "features.#"}), state)
    assert [key.prefix for key in places.values()] == ["features.0", "features.9", "features.10"]
