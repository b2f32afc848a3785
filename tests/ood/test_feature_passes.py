"""The pass through networks of every family: what it takes for features, and where it finds the linear head."""

import re

import keras
import numpy as np
import pytest

from nnbench.core.robustness import DETECTORS
from nnbench.ood import FeatureExtractor, evaluate, feature_pass

layers = keras.layers
RNG = np.random.default_rng(0)


def table():
    return keras.Sequential([keras.Input((5,)), layers.Dense(6, "relu"), layers.Dropout(0.2, seed=0), layers.Dense(3)])


def image():
    inputs = keras.Input((6, 6, 2))
    x = layers.Conv2D(4, 3)(inputs)
    x = layers.Activation("relu")(layers.BatchNormalization()(x))
    return keras.Model(inputs, layers.Dense(3)(layers.GlobalAveragePooling2D()(x)))


def signal():
    inputs = keras.Input((7, 2))
    return keras.Model(inputs, layers.Dense(3)(layers.GRU(4)(inputs)))


def text():
    inputs = keras.Input((8,), dtype="int32")
    x = layers.Embedding(9, 4)(inputs)
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 2, dropout=0.1, seed=0)(x, x))
    x = x + layers.Dense(4)(layers.Dense(8, "gelu")(x))
    return keras.Model(inputs, layers.Dense(3)(layers.Identity(name="features")(layers.GlobalAveragePooling1D()(x))))


REASONS = {
    table: {"ensemble": "needs further trained networks"},
    image: {"ensemble": "needs further trained networks", "mc_dropout": "needs dropout"},
    signal: {"ensemble": "needs further trained networks", "mc_dropout": "needs dropout"},
    text: {"ensemble": "needs further trained networks", "odin": "these are integers"},
}


@pytest.mark.parametrize("family", REASONS)
def test_all_detectors_on_each_family(family):
    keras.utils.set_random_seed(0)
    model = family()
    shape = (40, *model.inputs[0].shape[1:])
    if family is text:
        fit, inside, outside = (RNG.integers(0, high, shape) for high in (5, 5, 9))
    else:
        fit, inside, outside = (RNG.normal(0, scale, shape).astype(np.float32) for scale in (1, 1, 4))
    # A copy with dropout takes long to compile: where there is dropout, that of the table stands for all.
    names = [name for name in DETECTORS if name != "mc_dropout" or family is not text]
    frame = evaluate(
        model,
        fit=(fit, np.arange(40) % 3),
        in_distribution=inside,
        out_of_distribution={"other": outside},
        detectors=names,
    ).set_index("detector")
    assert list(frame.index) == names
    reasons = frame["not_applicable"][frame["not_applicable"] != ""]
    assert set(reasons.index) == set(REASONS[family])
    for name, reason in REASONS[family].items():
        assert reason in reasons[name]
    assert frame["auroc"][frame["not_applicable"] == ""].between(0, 1).all()


def dense_then_reshape(x):
    return layers.Reshape((3,))(layers.Dense(3)(layers.Dropout(0.5)(layers.Flatten()(x))))


def convolution_then_average(x):
    return layers.GlobalAveragePooling2D()(layers.Dropout(0.5)(layers.Conv2D(3, 1)(x)))


def dense_at_every_position(x):
    return layers.GlobalAveragePooling2D()(layers.Dense(3, use_bias=False)(x))


def nested(x):
    inner_inputs = keras.Input(x.shape[1:])
    inner = keras.Model(inner_inputs, layers.Dense(3)(layers.Dense(5, "relu")(layers.Flatten()(inner_inputs))))
    return layers.Activation("linear")(inner(x))


def pooled_and_scaled(x):
    return layers.Dense(3)(layers.BatchNormalization(name="scaled")(layers.GlobalMaxPooling2D(name="features")(x)))


@pytest.mark.parametrize(
    "ending", [dense_then_reshape, convolution_then_average, dense_at_every_position, nested, pooled_and_scaled]
)
def test_logits_are_the_heads_of_what_it_is_given(ending):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((4, 4, 2))
    model = keras.Model(inputs, ending(layers.Conv2D(6, 3, activation="relu", padding="same")(inputs)))
    for weight in model.weights:
        weight.assign(RNG.uniform(0.1, 1, weight.shape))
    found = feature_pass(model, RNG.normal(size=(9, 4, 4, 2)).astype(np.float32))
    given = found.features if found.head_features is None else found.head_features
    np.testing.assert_allclose(found.head.logits(given), found.logits, rtol=1e-4, atol=1e-4)
    assert (found.head_features is None) == (ending is not pooled_and_scaled)


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        (lambda x: layers.Activation("tanh")(layers.Dense(3)(x)), "ends in '.*', a Activation"),
        (lambda x: layers.Dense(3, "relu")(x), "ends in '.*', a Dense"),
        (lambda x: 2 * layers.Dense(3)(x), "a Multiply"),
        (lambda x: layers.GlobalMaxPooling1D()(layers.Dense(3)(layers.Reshape((2, 3))(x))), "a GlobalMaxPooling1D"),
    ],
)
def test_why_there_is_no_head(ending, reason):
    inputs = keras.Input((6,))
    model = keras.Model(inputs, ending(layers.Dense(6)(inputs)))
    found = feature_pass(model, np.ones((2, 6), np.float32))
    assert isinstance(found.head, str)

    assert re.search(reason, found.head), found.head


def test_dropout_is_drawn_from_a_copy():
    inputs = keras.Input((4,))
    x = layers.GaussianNoise(0.5, seed=1)(layers.BatchNormalization()(inputs))
    model = keras.Model(inputs, layers.Dense(3)(layers.Dropout(0.5, seed=0)(x)))
    before = [keras.ops.convert_to_numpy(v.value).copy() for v in model.variables]
    probe = FeatureExtractor(model)(np.ones((500, 4), np.float32)).probe
    logits = probe.sampled_logits(3, seed=0)
    assert not np.array_equal(logits[0], logits[1])
    np.testing.assert_array_equal(logits, probe.sampled_logits(3, seed=0))
    assert not np.array_equal(logits, probe.sampled_logits(3, seed=1))
    # All samples are equal: but for which of four units are dropped, nothing may differ. Noise would.
    assert 8 < len(np.unique(logits.reshape(-1, 3).round(4), axis=0)) <= 16
    # Inverted dropout keeps the mean; the batch statistics of BatchNorm would leave nothing of equal samples.
    np.testing.assert_allclose(logits.mean(axis=(0, 1)), probe.logits(probe.x).mean(axis=0), atol=0.25)
    for old, variable in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(old, keras.ops.convert_to_numpy(variable.value))
