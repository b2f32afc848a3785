import subprocess
import sys

import keras
import pytest

from nnbench.core.errors import ArgumentError, UnknownNameError
from nnbench.core.model import MODELS, register_model
from nnbench.core.paper import Paper
from nnbench.metrics.parameters import ParameterCount, breakdown, count_parameters

PAPER = Paper("A title", "An author", 2000, "https://example.org")


@pytest.fixture
def model():
    inputs = keras.Input((6,))
    x = keras.layers.Dense(4, name="first")(inputs)
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = keras.layers.Dropout(0.5, seed=0)(x)
    return keras.Model(inputs, keras.layers.Dense(3, name="head")(x))


def test_counts_weights_and_not_seeds(model):
    assert count_parameters(model) == ParameterCount(6 * 4 + 4 + 2 * 4 + 4 * 3 + 3, 2 * 4, 59)
    assert len(model.variables) > len(model.weights)


def test_frozen_layers_are_not_trainable(model):
    model.get_layer("first").trainable = False
    assert count_parameters(model) == ParameterCount(8 + 15, 28 + 8, 59)


def test_breakdown_adds_up(model):
    assert breakdown(model) == {"first": 28, "norm": 16, "head": 15}


def test_breakdown_counts_a_shared_layer_once():
    inputs = keras.Input((4,))
    shared = keras.layers.Dense(4, name="shared")
    nested = keras.Sequential([keras.Input((4,)), shared], name="nested")
    model = keras.Model(inputs, nested(shared(inputs)))
    assert sum(breakdown(model).values()) == count_parameters(model).total == 20


def test_models_without_weights_are_refused():
    with pytest.raises(ArgumentError, match=r"must be built\. Received: 'later'"):
        count_parameters(keras.Sequential([keras.layers.Dense(2)], name="later"))
    with pytest.raises(ArgumentError, match="must be built"):
        breakdown(keras.Sequential([keras.layers.Dense(2)]))


def test_builder_arguments_beside_a_model_are_refused(model):
    with pytest.raises(ArgumentError, match="go with the name of a variant"):
        count_parameters(model, classes=3)


def test_unknown_names_are_refused():
    with pytest.raises(UnknownNameError, match="Unknown model 'no_such_model'"):
        count_parameters("no_such_model")


@pytest.fixture
def variant():
    def judge(*, input_shape, classes, width):
        inputs = keras.Input(input_shape)
        return keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Dense(width)(inputs)))

    @register_model(
        family="gan", paper=PAPER, input_shape=(7,), classes=None, variants={"toy_pair": {"width": 5}},
        tasks=("generation",), inputs=("points",), network="generator", companions={"discriminator": judge},
    )  # fmt: skip
    def toy_pair(*, input_shape, classes, width):
        """Two networks."""
        inputs = keras.Input((2,))
        return keras.Model(inputs, keras.layers.Dense(input_shape[0])(keras.layers.Dense(width)(inputs)))

    yield "toy_pair"
    del MODELS._specs["toy_pair"]


def test_variants_and_their_companions(variant):
    count = count_parameters(variant)
    assert (count.total, count.trainable, count.non_trainable) == (3 * 5 + 6 * 7, 57, 0)
    assert count.parts == {"discriminator": ParameterCount(8 * 5 + 6, 0, 46)}
    assert count_parameters(variant, input_shape=(3,), width=2).total == 3 * 2 + 3 * 3


LARGEST = """
import resource, time
import keras
from nnbench.metrics.parameters import count_parameters
keras.backend.backend(), keras.ops
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
total = count_parameters("gpt3_175b").total
print(total, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, time.process_time() - start)
"""


def test_the_largest_model_is_counted_without_allocating():
    """175 billion float32 weights would take 700 GB."""
    if "gpt3_175b" not in MODELS:
        pytest.skip("gpt3_175b is not registered")
    out = subprocess.run([sys.executable, "-c", LARGEST], capture_output=True, text=True, check=True)
    total, grown_kib, seconds = out.stdout.split()
    assert int(total) == 174_604_259_328
    assert int(grown_kib) < 500 * 1024
    assert float(seconds) < 10  # of processor time; all but a hundredth of it is Keras building 96 blocks
