import keras
import numpy as np
import pytest

from nnbench.attacks.fast_gradient_sign import fgsm
from nnbench.attacks.projected_gradient import pgd
from nnbench.attacks.uniform_noise import noise
from nnbench.core.errors import ArgumentError, NotApplicableError

X, Y = np.full((3, 4), 0.5, np.float32), np.array([0, 1, 0])
GOOD = {"norm": "linf", "epsilon": 0.1, "bounds": (0, 1)}


@pytest.fixture(scope="module")
def model():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)], name="line")


@pytest.mark.parametrize("attack", [fgsm, pgd, noise])
@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"epsilon": 0}, "epsilon must be positive and finite. Received: 0"),
        ({"epsilon": float("nan")}, "epsilon must be positive"),
        ({"bounds": None}, r"bounds must be \(low, high\)"),
        ({"bounds": (0, 1, 2)}, r"bounds must be \(low, high\)"),
        ({"bounds": (1, 0)}, "low below high"),
        ({"bounds": (0, np.inf)}, "bounds must be finite"),
        ({"bounds": (0, 0.4)}, r"x must lie within bounds \(0, 0.4\). Received: values from 0.5 to 0.5"),
        ({"bounds": (np.full(4, 0.6), np.ones(4))}, "x must lie within bounds"),
        ({"norm": "Linf"}, "norm must be one of 'linf', 'l2'.*. Received: 'Linf'"),
        ({"seed": -1}, "seed must not be negative"),
        ({"batch_size": 0}, "batch_size must be positive"),
    ],
)
def test_options_are_checked(attack, options, text, model):
    with pytest.raises(ArgumentError, match=text):
        attack(model, X, Y, **GOOD | options)


@pytest.mark.parametrize(
    ("x", "y", "text"),
    [
        (X, [0, 1], r"Received: \(3, 4\) and \(2,\)"),
        (X, [0, 1, 2], "labels must be integers from 0 to 1. Received: .*2"),
        (X, [0, 1, 0.5], "labels must be integers"),
        (X[:0], [], "n ≥ 1"),
        (np.where(X > 0, np.nan, X), Y, "x must be finite"),
    ],
)
def test_samples_are_checked(x, y, text, model):
    with pytest.raises(ArgumentError, match=text):
        pgd(model, x, np.array(y), **GOOD)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"steps": 0}, "steps must be at least 1"),
        ({"restarts": 0}, "restarts must be at least 1"),
        ({"step_size": -0.1}, "step_size must be positive"),
        ({"step_size": float("inf")}, "step_size must be positive"),
    ],
)
def test_schedule_is_checked(options, text, model):
    with pytest.raises(ArgumentError, match=text):
        pgd(model, X, Y, **GOOD | options)


def test_bounds_are_required(model):
    with pytest.raises(TypeError, match="bounds"):
        pgd(model, X, Y, norm="linf", epsilon=0.1)


def test_draws_are_checked(model):
    with pytest.raises(ArgumentError, match="draws must be at least 1"):
        noise(model, X, Y, **GOOD, draws=0)


@pytest.mark.parametrize(
    "head",
    [
        [keras.layers.Dense(2, activation="softmax")],
        [keras.layers.Dense(2, activation="sigmoid")],
        [keras.layers.Dense(2), keras.layers.Softmax()],
        [keras.layers.Dense(2), keras.layers.Activation("softmax")],
    ],
)
def test_probability_heads_are_refused(head):
    with pytest.raises(ArgumentError, match="model must give logits"):
        pgd(keras.Sequential([keras.Input((4,)), *head]), X, Y, **GOOD)


def test_a_softmax_that_is_not_a_layer_is_found():
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.ops.softmax(keras.layers.Dense(2)(inputs)))
    with pytest.raises(ArgumentError, match=r"lie in \[0, 1\] and sum to 1"):
        pgd(model, X, Y, **GOOD)


def test_nested_probability_heads_are_refused(model):
    inner = keras.Sequential([keras.Input((2,)), keras.layers.Softmax()])
    with pytest.raises(ArgumentError, match="model must give logits"):
        pgd(keras.Sequential([model, inner]), X, Y, **GOOD)


def test_models_that_do_not_classify_are_not_applicable():
    inputs, tokens = keras.Input((4,)), keras.Input((4,), dtype="int32")
    embedded = keras.layers.Embedding(9, 3)(tokens)
    regression = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    language = keras.Model(tokens, keras.layers.Dense(9)(embedded))
    reader = keras.Model(tokens, keras.layers.Dense(2)(keras.layers.Flatten()(embedded)))
    sequence = keras.Model(inputs, keras.layers.Reshape((2, 2))(inputs))
    for model, text in [
        (regression, "two or more classes"),
        (language, "reads tokens"),
        (reader, "reads tokens"),
        (sequence, "two or more classes"),
        (keras.Model([inputs, tokens], keras.layers.Dense(2)(inputs)), "one input and one output"),
    ]:
        with pytest.raises(NotApplicableError, match=text):
            pgd(model, X, Y, **GOOD)


def test_integer_images_and_bounds_of_each_feature_are_taken():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Rescaling(1 / 255), keras.layers.Dense(2)])
    x = np.array([[0, 10, 20, 255]], np.uint8)
    low, high = np.zeros(4), np.array([5, 15, 25, 255])
    result = pgd(model, x, np.array([0]), norm="linf", epsilon=30, bounds=(low, high), early_exit=False)
    assert (result.x_adv >= low).all()
    assert (result.x_adv <= high).all()
