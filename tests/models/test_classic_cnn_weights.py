"""State dicts in torchvision's names, written down by hand, fill the small variants."""

import numpy as np
import pytest

from nnbench.core.catalog import create_model, model_info
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.interop.importing import load_weights

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

# module to the shape of its kernel, where it has biases
ALEXNET = {
    "features.0": (4, 1, 11, 11),
    "features.3": (12, 4, 5, 5),
    "features.6": (16, 12, 3, 3),
    "features.8": (16, 16, 3, 3),
    "features.10": (16, 16, 3, 3),
    "classifier.1": (16, 16 * 6 * 6),
    "classifier.4": (16, 16),
    "classifier.6": (10, 16),
}
VGG = {
    "features.0": (4, 1, 3, 3),
    "features.4": (8, 4, 3, 3),
    "features.7": (8, 8, 3, 3),
    "classifier.0": (16, 8 * 3 * 3),
    "classifier.3": (16, 16),
    "classifier.6": (10, 16),
}
SQUEEZENET = {
    "features.0": (8, 3, 3, 3),
    "features.3.squeeze": (4, 8, 1, 1),
    "features.3.expand1x1": (8, 4, 1, 1),
    "features.3.expand3x3": (8, 4, 3, 3),
    "features.5.squeeze": (4, 16, 1, 1),
    "features.5.expand1x1": (8, 4, 1, 1),
    "features.5.expand3x3": (8, 4, 3, 3),
    "features.6.squeeze": (8, 16, 1, 1),
    "features.6.expand1x1": (16, 8, 1, 1),
    "features.6.expand3x3": (16, 8, 3, 3),
    "classifier.1": (10, 32, 1, 1),
}

# module to the shape of its kernel, without biases
DENSENET = {
    "features.conv0": (8, 3, 7, 7),
    "features.denseblock1.denselayer1.conv1": (16, 8, 1, 1),
    "features.denseblock1.denselayer1.conv2": (4, 16, 3, 3),
    "features.denseblock1.denselayer2.conv1": (16, 12, 1, 1),
    "features.denseblock1.denselayer2.conv2": (4, 16, 3, 3),
    "features.transition1.conv": (8, 16, 1, 1),
    "features.denseblock2.denselayer1.conv1": (16, 8, 1, 1),
    "features.denseblock2.denselayer1.conv2": (4, 16, 3, 3),
    "features.denseblock2.denselayer2.conv1": (16, 12, 1, 1),
    "features.denseblock2.denselayer2.conv2": (4, 16, 3, 3),
}
DENSENET_NORMS = {
    "features.norm0": 8,
    "features.denseblock1.denselayer1.norm1": 8,
    "features.denseblock1.denselayer1.norm2": 16,
    "features.denseblock1.denselayer2.norm1": 12,
    "features.denseblock1.denselayer2.norm2": 16,
    "features.transition1.norm": 16,
    "features.denseblock2.denselayer1.norm1": 8,
    "features.denseblock2.denselayer1.norm2": 16,
    "features.denseblock2.denselayer2.norm1": 12,
    "features.denseblock2.denselayer2.norm2": 16,
    "features.norm5": 16,
}
RESNEXT = {
    "conv1": (8, 1, 3, 3),
    "layer1.0.conv1": (8, 8, 1, 1),
    "layer1.0.conv2": (8, 2, 3, 3),
    "layer1.0.conv3": (32, 8, 1, 1),
    "layer1.0.downsample.0": (32, 8, 1, 1),
    "layer2.0.conv1": (16, 32, 1, 1),
    "layer2.0.conv2": (16, 4, 3, 3),
    "layer2.0.conv3": (64, 16, 1, 1),
    "layer2.0.downsample.0": (64, 32, 1, 1),
}
WIDE_RESNET = {
    "conv1": (4, 1, 3, 3),
    "layer1.0.conv1": (8, 4, 1, 1),
    "layer1.0.conv2": (8, 8, 3, 3),
    "layer1.0.conv3": (16, 8, 1, 1),
    "layer1.0.downsample.0": (16, 4, 1, 1),
    "layer2.0.conv1": (16, 16, 1, 1),
    "layer2.0.conv2": (16, 16, 3, 3),
    "layer2.0.conv3": (32, 16, 1, 1),
    "layer2.0.downsample.0": (32, 16, 1, 1),
    "layer3.0.conv1": (32, 32, 1, 1),
    "layer3.0.conv2": (32, 32, 3, 3),
    "layer3.0.conv3": (64, 32, 1, 1),
    "layer3.0.downsample.0": (64, 32, 1, 1),
}


def norms(convolutions):
    """The normalisation after each convolution, as torchvision's residual networks name it."""
    names = {name: name.replace("downsample.0", "downsample.1").replace("conv", "bn") for name in convolutions}
    return {names[name]: shape[0] for name, shape in convolutions.items()}


# variant, modules with biases, modules without, maps of its normalisations, a convolution of ours and its module
CASES = {
    "alexnet_tiny": (ALEXNET, {}, {}, "conv4", "features.8"),
    "vgg_tiny": (VGG, {}, {"features.1": 4, "features.5": 8, "features.8": 8}, "stage2_conv2", "features.7"),
    "squeezenet_tiny": (SQUEEZENET, {}, {}, "stage2_fire2_expand3x3", "features.6.expand3x3"),
    "densenet_tiny": (
        {"classifier": (10, 16)},
        DENSENET,
        DENSENET_NORMS,
        "stage2_layer1_conv2",
        "features.denseblock2.denselayer1.conv2",
    ),
    "resnext_tiny": ({"fc": (10, 64)}, RESNEXT, norms(RESNEXT), "stage2_block1_conv2", "layer2.0.conv2"),
    "wide_resnet_tiny": ({"fc": (10, 64)}, WIDE_RESNET, norms(WIDE_RESNET), "stage3_block1_conv1", "layer3.0.conv1"),
}


def state_dict(name):
    biased, plain, normalised, *_ = CASES[name]
    shapes = {f"{module}.weight": shape for module, shape in {**biased, **plain}.items()}
    shapes |= {f"{module}.bias": shape[:1] for module, shape in biased.items()}
    for module, maps in normalised.items():
        shapes |= {f"{module}.{part}": (maps,) for part in ("weight", "bias", "running_mean", "running_var")}
        shapes[f"{module}.num_batches_tracked"] = ()
    rng = np.random.default_rng(0)
    return {key: rng.uniform(0.5, 1.5, shape).astype("float32") for key, shape in shapes.items()}


def value(model, layer, variable):
    found = {v.path.rpartition("/")[2]: v for v in model.get_layer(layer).weights}
    return keras.ops.convert_to_numpy(found[variable].value)


@pytest.mark.parametrize("name", CASES)
def test_every_weight_comes_from_its_key(name):
    *_, layer, module = CASES[name]
    state = state_dict(name)
    model = create_model(name)
    for source in model_info(name).weights:
        load_weights(model, state, source)
        np.testing.assert_array_equal(value(model, layer, "kernel"), state[f"{module}.weight"].transpose(2, 3, 1, 0))
        loaded = sum(np.asarray(keras.ops.convert_to_numpy(w.value), np.float64).sum() for w in model.weights)
        given = sum(np.asarray(v, np.float64).sum() for k, v in state.items() if "num_batches" not in k)
        assert loaded == pytest.approx(given, rel=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_a_missing_and_a_surplus_key_are_named(name):
    *_, module = CASES[name]
    state = state_dict(name)
    state["surplus.weight"] = state.pop(f"{module}.weight")
    with pytest.raises(ArgumentError, match=rf"(?s)needs {module}.weight.*surplus.weight is not used"):
        load_weights(create_model(name), state, "torchvision")


def test_normalisations_keep_their_statistics():
    state = state_dict("densenet_tiny")
    model = create_model("densenet_tiny")
    load_weights(model, state, "timm")
    for layer, module in (("norm", "features.norm5"), ("transition1_norm", "features.transition1.norm")):
        for ours, theirs in (("gamma", "weight"), ("moving_mean", "running_mean"), ("moving_variance", "running_var")):
            np.testing.assert_array_equal(value(model, layer, ours), state[f"{module}.{theirs}"])


@pytest.mark.parametrize(
    ("name", "module", "maps", "side"), [("alexnet_tiny", "classifier.1", 16, 6), ("vgg_tiny", "classifier.0", 8, 3)]
)
def test_the_first_dense_layer_reads_channels_last(name, module, maps, side):
    state = state_dict(name)
    model = create_model(name)
    load_weights(model, state, "torchvision")
    ours = value(model, "dense1", "kernel").reshape(side, side, maps, -1)
    theirs = state[f"{module}.weight"].reshape(-1, maps, side, side)
    np.testing.assert_array_equal(ours, theirs.transpose(2, 3, 1, 0))
