import math

import numpy as np
import pytest

from nnbench.core.catalog import create_model
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.interop.surgery import feature_extractor, stages
from nnbench.models import resnet_cifar
from nnbench.runtime.abstract import without_values
from nnbench.runtime.engine import engine
from nnbench.testing.models import samples

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

# variant, sides and maps of its stages
STAGES = [
    ("alexnet", [(27, 64), (13, 192), (6, 256)]),
    ("vgg16", [(112, 64), (56, 128), (28, 256), (14, 512), (7, 512)]),
    ("resnext50_32x4d", [(56, 256), (28, 512), (14, 1024), (7, 2048)]),
    ("wide_resnet50_2", [(56, 256), (28, 512), (14, 1024), (7, 2048)]),
    ("wide_resnet18_2", [(56, 128), (28, 256), (14, 512), (7, 1024)]),
    ("densenet121", [(56, 256), (28, 512), (14, 1024), (7, 1024)]),
    ("squeezenet1_0", [(54, 256), (27, 512), (13, 512)]),
    ("squeezenet1_1", [(55, 128), (27, 256), (13, 512)]),
    ("lenet5", [(14, 6), (5, 16)]),
    ("resnet20_cifar", [(32, 16), (16, 32), (8, 64)]),
    ("wrn_16_4", [(32, 64), (16, 128), (8, 256)]),
    ("densenet_40_12", [(32, 160), (16, 304), (8, 448)]),
    ("densenet_bc_100_12", [(32, 216), (16, 300), (8, 342)]),
]

WRONG = [
    ("alexnet_tiny", {"input_shape": (62, 64, 3)}, "sides of at least 63"),
    ("vgg11", {"input_shape": (32, 31, 3)}, "sides of at least 32"),
    ("vgg_tiny", {"depths": ()}, "depths must give at least one stage"),
    ("squeezenet1_0", {"input_shape": (20, 20, 3)}, "sides of at least 21"),
    ("squeezenet1_1", {"input_shape": (16, 16, 3)}, "sides of at least 17"),
    ("squeezenet_tiny", {"bypass": "double"}, "bypass must be one of none, simple, complex"),
    ("densenet121", {"input_shape": (28, 28, 3)}, "sides of at least 29"),
    ("densenet_tiny", {"depths": ()}, "depths must give at least one block"),
    ("densenet_bc_tiny", {"input_shape": (3, 3, 3)}, "sides of at least 4"),
    ("densenet_40_12", {"depth": 41}, r"depth must be 3n \+ 4"),
    ("densenet_bc_100_12", {"depth": 4}, r"depth must be 6n \+ 4"),
    ("wrn_28_10", {"depth": 30}, r"depth must be 6n \+ 4"),
    ("resnext_tiny", {"stem": "large"}, "stem must be one of imagenet, small"),
    ("lenet_tiny", {"pooling": "median"}, "pooling must be one of average, max"),
]


@pytest.mark.parametrize(("name", "expected"), STAGES)
def test_stages(name, expected):
    with without_values():
        model = create_model(name)
    found = [model.get_layer(stage).output.shape[1:] for stage in stages(model)]
    assert found == [(side, side, maps) for side, maps in expected]


@pytest.mark.parametrize(("name", "options", "text"), WRONG)
def test_the_error_names_the_argument_and_what_came(name, options, text):
    with pytest.raises(ArgumentError, match=rf"{text}.*Received: "):
        create_model(name, **options)


@pytest.mark.parametrize(
    ("name", "side"), [("alexnet_tiny", 63), ("vgg11", 32), ("squeezenet1_0", 21), ("squeezenet1_1", 17)]
)
def test_the_smallest_image_is_large_enough(name, side):
    with without_values():
        assert create_model(name, input_shape=(side, side, 3)).output_shape[0] is None


@pytest.mark.parametrize("name", ["wrn_tiny", "densenet_bc_tiny", "densenet_cifar_tiny", "vgg_tiny", "squeezenet_tiny"])
def test_dropout_adds_no_weight_and_changes_only_training(name):
    keras.utils.set_random_seed(0)
    model = create_model(name, dropout=0.5)
    same = create_model(name, dropout=0.0)
    same.set_weights([keras.ops.convert_to_numpy(w.value) for w in model.weights])
    x = samples(model)
    outputs = [keras.ops.convert_to_numpy(m(x, training=False)) for m in (model, same)]
    np.testing.assert_allclose(*outputs, atol=1e-6)
    dropped = [keras.ops.convert_to_numpy(model(x, training=True)) for _ in range(2)]
    assert not np.allclose(*dropped)


def test_the_deepest_network_computes_what_one_graph_would(monkeypatch):
    keras.utils.set_random_seed(0)
    flat = create_model("resnet_cifar_tiny", blocks=2)
    monkeypatch.setattr(resnet_cifar, "MOST_BLOCKS", 1)
    nested = create_model("resnet_cifar_tiny", blocks=2)
    assert len(nested.layers) < len(flat.layers)
    values = {w.path: keras.ops.convert_to_numpy(w.value) for w in flat.weights}
    for weight in nested.weights:
        weight.assign(values[weight.path])
    x = samples(flat)
    for at in ("stage2", "features"):
        outputs = [keras.ops.convert_to_numpy(engine().forward(feature_extractor(m, at))(x)) for m in (flat, nested)]
        np.testing.assert_allclose(*outputs, atol=1e-5)


def test_a_dense_layer_passes_on_all_maps_before_it():
    model = create_model("densenet_cifar_tiny", depth=7)
    x = samples(model)
    inside = engine().forward(feature_extractor(model, ["stem", "stage1_layer1_conv1", "stage1"]))(x)
    stem, added, both = (keras.ops.convert_to_numpy(inside[k]) for k in ("stem", "stage1_layer1_conv1", "stage1"))
    np.testing.assert_allclose(both, np.concatenate([stem, added], axis=-1), atol=1e-6)


def test_grouped_convolutions_read_their_own_maps_only():
    model = create_model("resnext_tiny")
    grouped = model.get_layer("stage1_block1_conv2")
    assert grouped.groups == 4
    assert tuple(grouped.kernel.shape) == (3, 3, 2, 8)


def test_squeezenet_gives_the_averages_of_rectified_class_maps():
    model = create_model("squeezenet_tiny")
    inside = engine().forward(feature_extractor(model, ["class_maps", "features", "logits"]))(samples(model))
    found = {name: keras.ops.convert_to_numpy(value) for name, value in inside.items()}
    np.testing.assert_allclose(found["logits"], np.maximum(found["class_maps"], 0).mean((1, 2)), atol=1e-6)
    np.testing.assert_allclose(found["logits"], found["features"])


@pytest.mark.parametrize("bypass", ["simple", "complex"])
def test_bypass_adds_what_a_fire_module_reads(bypass):
    model = create_model("squeezenet_tiny", bypass=bypass, fires=(((4, 8), (4, 8)),))
    inside = engine().forward(feature_extractor(model, ["stage1_fire1_concat", "stage1_fire2_concat", "stage1"]))
    outputs = {k: keras.ops.convert_to_numpy(v) for k, v in inside(samples(model)).items()}
    if bypass == "simple":
        expected = outputs["stage1_fire1_concat"] + outputs["stage1_fire2_concat"]
        np.testing.assert_allclose(outputs["stage1"], expected, atol=1e-6)
    names = [layer.name for layer in model.layers if "bypass" in layer.name]
    assert names == (["stage1_fire1_bypass"] if bypass == "complex" else [])


def test_vgg_normalises_the_responses_of_its_first_convolution():
    keras.utils.set_random_seed(0)
    plain, normalised = (create_model("vgg_tiny", response_norm=on) for on in (False, True))
    normalised.set_weights([keras.ops.convert_to_numpy(w.value) for w in plain.weights])
    x = 30 * samples(plain)
    before, after = (
        keras.ops.convert_to_numpy(engine().forward(feature_extractor(m, "stage1"))(x)) for m in (plain, normalised)
    )
    assert (after <= before).all()
    assert (after[before > 0] < before[before > 0] / 1.6).all()  # 2^0.75 is 1.68


def test_alexnet_starts_as_in_pytorch():
    model = create_model("alexnet_tiny")
    for name in ("conv1", "conv2", "dense1", "logits"):
        layer = model.get_layer(name)
        kernel, bias = (keras.ops.convert_to_numpy(w.value) for w in layer.weights)
        limit = math.prod(kernel.shape[:-1]) ** -0.5
        assert 0.9 * limit < np.abs(kernel).max() <= limit
        assert 0 < np.abs(bias).max() <= limit
