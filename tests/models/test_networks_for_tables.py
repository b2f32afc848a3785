"""The residual network for tables, FT-Transformer and TabM against NumPy and against their own parts."""

import numpy as np
import pytest

from nnbench.core.catalog import create_model
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.interop.surgery import feature_extractor
from nnbench.runtime.engine import engine
from nnbench.testing.models import samples

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

WRONG = [
    ("tabular_resnet", {"depth": 0}, "depth must be at least 1"),
    ("tabular_resnet", {"hidden_ratio": 0.001}, "hidden_ratio must give a block at least 1 hidden unit"),
    ("ft_transformer", {"heads": 5}, r"width must be a multiple of heads \(5\)"),
    ("ft_transformer", {"depth": 0}, "depth must be at least 1"),
    ("ft_transformer", {"cardinalities": (2,) * 9}, "cardinalities must be positive, and no more than the 8 columns"),
    ("ft_transformer", {"cardinalities": (2, 0)}, "cardinalities must be positive"),
    ("tabm", {"members": "some"}, "members must be one of full, mini, packed"),
]


def outputs(model, x):
    return np.asarray(keras.ops.convert_to_numpy(engine().forward(model)(x)))


def drawn(model):
    """Give `model` random weights; return them by path."""
    rng = np.random.default_rng(0)
    for weight in model.weights:
        value = rng.uniform(0.5, 1.5, weight.shape) if "variance" in weight.path else rng.normal(0, 0.5, weight.shape)
        weight.assign(value.astype("float32"))
    return {w.path: np.asarray(keras.ops.convert_to_numpy(w.value)) for w in model.weights}


@pytest.mark.parametrize(("name", "options", "text"), WRONG)
def test_the_error_names_the_argument_and_what_came(name, options, text):
    with pytest.raises(ArgumentError, match=rf"{text}.*Received: "):
        create_model(name, **options)


def test_tabular_resnet_normalises_before_its_two_layers():
    model = create_model("tabular_resnet_tiny", depth=1, width=3)
    w, x = drawn(model), samples(model)

    def dense(x, name):
        return x @ w[f"{name}/kernel"] + w[f"{name}/bias"]

    def norm(x, name):
        mean, variance = w[f"{name}/moving_mean"], w[f"{name}/moving_variance"]
        return (x - mean) / np.sqrt(variance + 1e-5) * w[f"{name}/gamma"] + w[f"{name}/beta"]

    h = dense(x, "embedding")
    h = h + dense(np.maximum(dense(norm(h, "block1_norm"), "block1_dense1"), 0), "block1_dense2")
    expected = dense(np.maximum(norm(h, "norm"), 0), "logits")
    np.testing.assert_allclose(outputs(model, x), expected, atol=1e-4)


@pytest.mark.parametrize("members", ["full", "mini", "packed"])
def test_tabm_is_the_mean_of_its_members(members):
    model = create_model("tabm_tiny", members=members, depth=1)
    w, x = drawn(model), samples(model)
    every = [member(w, members, i, x) for i in range(4)]
    np.testing.assert_allclose(outputs(feature_extractor(model, "members"), x), np.stack(every, 1), atol=1e-4)
    np.testing.assert_allclose(outputs(model, x), np.mean(every, 0), atol=1e-4)


def member(w, members, i, x):
    """The logits of member `i`, as a network of its own."""
    if members == "full":
        x = (x * w["hidden1_before/scale"][i]) @ w["hidden1/kernel"]
        x = x * w["hidden1_after/scale"][i] + w["hidden1_after/bias"][i]
    elif members == "mini":
        x = (x * w["signs/scale"][i]) @ w["hidden1/kernel"] + w["hidden1/bias"]
    else:
        x = x @ w["hidden1/kernel"][i] + w["hidden1/bias"][i]
    return np.maximum(x, 0) @ w["members/kernel"][i] + w["members/bias"][i]


def test_tabm_members_start_from_other_signs_and_the_same_biases():
    weights = {w.path: np.asarray(keras.ops.convert_to_numpy(w.value)) for w in create_model("tabm", width=64).weights}
    signs = weights["hidden1_before/scale"]
    assert set(np.unique(signs)) == {-1, 1}
    assert 0.3 < (signs == 1).mean() < 0.7
    np.testing.assert_array_equal(weights["hidden2_before/scale"], 1)
    bias = weights["hidden2_after/bias"]
    np.testing.assert_array_equal(bias, np.broadcast_to(bias[0], bias.shape))
    assert 0.9 / 8 < np.abs(bias).max() <= 1 / 8


def test_a_head_on_the_features_can_stand_for_the_members():
    model = create_model("tabm_tiny")
    w, x = drawn(model), samples(model)
    features = outputs(feature_extractor(model), x)
    assert features.shape == (4, 4 * 16)
    kernel = w["members/kernel"].reshape(64, 10) / 4
    np.testing.assert_allclose(features @ kernel + w["members/bias"].mean(0), outputs(model, x), atol=1e-4)


def test_ft_transformer_reads_a_category_as_a_vector():
    model = create_model("ft_transformer_tiny", cardinalities=(3, 5))
    w = drawn(model)
    x = np.zeros((2, 8), "float32")
    x[:, -2:] = [[0, 4], [2, 1]]
    tokens = outputs(feature_extractor(model, "class_token"), x)
    assert tokens.shape == (2, 9, 16)
    np.testing.assert_allclose(tokens[:, 0], np.broadcast_to(w["class_token/token"], (2, 16)))
    np.testing.assert_allclose(tokens[:, 1:7], np.broadcast_to(w["numbers/bias"], (2, 6, 16)))
    rows = np.array([[0, 3 + 4], [2, 3 + 1]])
    expected = w["categories/embeddings"][rows] + w["category_bias/embeddings"]
    np.testing.assert_allclose(tokens[:, 7:], expected, atol=1e-6)


def test_ft_transformer_reads_a_number_as_a_multiple_of_a_vector():
    model = create_model("ft_transformer_tiny")
    w, x = drawn(model), samples(model)
    tokens = outputs(feature_extractor(model, "class_token"), x)
    expected = x[..., None] * w["numbers/kernel"] + w["numbers/bias"]
    np.testing.assert_allclose(tokens[:, 1:], expected, atol=1e-5)


def test_ft_transformer_of_categories_alone():
    model = create_model("ft_transformer_tiny", input_shape=(2,), cardinalities=(3, 5), classes=4)
    assert outputs(model, np.array([[0, 4], [2, 1]], "float32")).shape == (2, 4)


def test_ft_transformer_does_not_mind_the_order_of_features():
    model = create_model("ft_transformer_tiny")
    x = samples(model)
    expected = outputs(model, x)
    order = np.random.default_rng(0).permutation(8)
    for part in model.get_layer("numbers").weights:
        part.assign(np.asarray(keras.ops.convert_to_numpy(part.value))[order])
    np.testing.assert_allclose(outputs(model, x[:, order]), expected, atol=1e-5)


def test_ft_transformer_asks_with_the_class_token_alone_in_its_last_block():
    model = create_model("ft_transformer_tiny")
    assert model.get_layer("stage1").output.shape == (None, 9, 16)
    assert model.get_layer("stage2").output.shape == (None, 1, 16)
    assert "block1_norm1" not in [layer.name for layer in model.layers]
