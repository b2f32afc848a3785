import numpy as np
import pytest

from nnbench.core.catalog import create_model
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.models._mobile import rounded
from nnbench.runtime.abstract import without_values
from nnbench.runtime.engine import engine
from nnbench.testing.models import samples

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

WRONG = [
    ("mobilenet_v1_tiny", {"width": 0}, "width must be above 0"),
    ("mobilenet_v2_tiny", {"width": -1.0}, "width must be above 0"),
    ("mobilenet_v3_tiny", {"input_shape": (8,)}, r"input_shape must be \(height, width\)"),
    ("efficientnet_tiny", {"depth": 0.0}, "depth must be above 0"),
    ("convnext_mini", {"input_shape": (3, 8, 1)}, "input_shape must have sides of at least 4"),
    ("convnext_mini", {"depths": (1,)}, "depths must give as many stages as widths, 2"),
    ("convmixer_tiny", {"input_shape": (1, 8, 1)}, "input_shape must have sides of at least 2"),
    ("unet", {"padding": "full"}, "padding must be one of valid, same"),
    ("unet", {"input_shape": (512, 572, 1)}, "sides of at least 188 that exceed a multiple of 16 by 12"),
    ("unet", {"input_shape": (172, 172, 1)}, "sides of at least 188"),
    ("unet_padded", {"input_shape": (520, 512, 1)}, "sides of at least 16 that exceed a multiple of 16 by 0"),
    ("unet", {"input_shape": (572,)}, r"input_shape must be \(height, width\)"),
]


@pytest.mark.parametrize(("name", "options", "text"), WRONG)
def test_the_error_names_the_argument_and_what_came(name, options, text):
    with without_values(), pytest.raises(ArgumentError, match=rf"{text}.*Received: "):
        create_model(name, **options)


@pytest.mark.parametrize(("given", "expected"), [(4, 8), (12, 16), (22.4, 24), (33.6, 32), (11.2, 16), (56, 56)])
def test_maps_are_rounded_to_eights_and_lose_less_than_a_tenth(given, expected):
    assert rounded(given) == expected


@pytest.mark.parametrize(("side", "expected"), [(572, 388), (188, 4)])
def test_unet_without_padding_gives_the_middle(side, expected):
    with without_values():
        model = create_model("unet", input_shape=(side, side, 3), classes=4)
    assert model.output_shape == (None, expected, expected, 4)


def test_unet_without_padding_sees_the_middle_of_what_it_crosses():
    model = create_model("unet", input_shape=(44, 48, 1), depth=2, width=2)
    assert model.output_shape == (None, 4, 8, 2)
    crop = model.get_layer("up1_crop")
    assert crop.output.shape[1:3] == model.get_layer("up1_conv0").output.shape[1:3]
    assert np.isfinite(keras.ops.convert_to_numpy(engine().forward(model)(samples(model)))).all()


def test_stochastic_depth_leaves_a_branch_out_of_whole_samples():
    from nnbench.models._mobile import Block, Style, inverted_residual

    keras.utils.set_random_seed(0)
    inputs = keras.Input((4, 4, 8))
    model = keras.Model(inputs, inverted_residual(inputs, Block(3, 1, 16, 8, "relu", drop=0.5), Style(), "block"))
    x = np.random.default_rng(0).normal(size=(32, 4, 4, 8)).astype("float32")
    added = np.abs(keras.ops.convert_to_numpy(model(x, training=True)) - x)
    skipped = added.max(axis=(1, 2, 3)) == 0
    assert 4 < skipped.sum() < 28
    assert (added[~skipped] > 0).mean() > 0.9


def test_a_narrow_mobilenet_keeps_its_last_maps():
    with without_values():
        narrow, whole = create_model("mobilenet_v2_035"), create_model("mobilenet_v2")
    assert narrow.get_layer("features").output.shape == whole.get_layer("features").output.shape == (None, 1280)
