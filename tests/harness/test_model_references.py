"""What stands for a model in a case: a name, ``module:function``, a file."""

from dataclasses import replace

import numpy as np
import pytest

from nnbench.core.catalog import dataset_info
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.harness.references import build_networks

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture
def build(planned):
    def networks(model, dataset="iris", **overrides):
        case = replace(planned("mlp", dataset).case, model=model, overrides=overrides)
        return build_networks(case, dataset_info(dataset))

    return networks


def test_a_name_gets_the_shape_and_the_classes_of_the_dataset(build):
    (model,) = build("mlp", "wine").values()
    assert model.input_shape == (None, 13)
    assert model.output_shape == (None, 3)


def test_overrides_arrive_at_the_builder(build):
    small, large = (next(iter(build("mlp", widths=w).values())).count_params() for w in ((4,), (400,)))
    assert small < large / 10


def test_more_outputs_than_classes_are_an_override(build):
    (model,) = build("mlp", "wine", classes=10).values()
    assert model.output_shape == (None, 10)
    (model,) = build("faulty_builders:linear", classes=10).values()
    assert model.output_shape == (None, 10)


def test_a_generator_comes_first_with_its_discriminator(build):
    assert list(build("mlp_gan_small", "ring8")) == ["generator", "discriminator"]


def test_a_function_is_called_with_shape_and_classes(build):
    (model,) = build("faulty_builders:linear").values()
    assert (model.input_shape, model.output_shape) == ((None, 4), (None, 3))


def test_a_saved_file_is_loaded_with_its_weights(build, tmp_path):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    model.save(tmp_path / "mine.keras")
    (loaded,) = build(str(tmp_path / "mine.keras")).values()
    for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("no_such_module:build", r"importable module:function\. Received: 'no_such_module:build': No module named"),
        (
            "faulty_builders:nothing",
            r"importable module:function\. Received: 'faulty_builders:nothing': .*no attribute",
        ),
        ("faulty_builders:MEBIBYTE", r"importable module:function\. Received: 'faulty_builders:MEBIBYTE': int"),
        ("faulty_builders:gives_no_model", r"must return a keras\.Model\. Received: dict"),
        ("missing.keras", r"saved \.keras file\. Received: 'missing\.keras', and there is no such file"),
    ],
)
def test_a_bad_reference_is_one_clear_error(build, reference, said):
    with pytest.raises(ArgumentError, match=said):
        build(reference)


def test_a_file_that_is_no_model_is_one_clear_error(build, tmp_path):
    (tmp_path / "broken.keras").write_text("not a zip file")
    with pytest.raises(ArgumentError, match=r"saved \.keras file\. Received: .*broken\.keras"):
        build(str(tmp_path / "broken.keras"))


def test_an_argument_that_the_builder_does_not_take_is_named(build):
    with pytest.raises(ArgumentError, match="mlp takes no argument 'width'.*Did you mean 'widths'"):
        build("mlp", width=3)
