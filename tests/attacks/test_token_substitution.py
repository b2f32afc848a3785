"""HotFlip on networks whose best substitution is known, and on the layers that read tokens in practice."""

import itertools

import keras
import numpy as np
import pytest

from nnbench.attacks._objectives import error_log_odds_of
from nnbench.attacks._substitution import best_substitutions
from nnbench.attacks._token_network import TokenNetwork
from nnbench.attacks.token_substitution import PAPER, hotflip
from nnbench.core.errors import ArgumentError, NotApplicableError
from nnbench.core.robustness import AttackSpec
from nnbench.testing.token_attacks import check_token_attack

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

VOCABULARY, LENGTH = 9, 5


def classifier(*body, classes=2, mask_zero=False, width=4):
    keras.utils.set_random_seed(0)
    wide = keras.initializers.RandomNormal(stddev=1.0, seed=0)
    embedding = keras.layers.Embedding(VOCABULARY, width, mask_zero=mask_zero, embeddings_initializer=wide)
    body = body or (keras.layers.Flatten(),)
    head = keras.layers.Dense(classes, kernel_initializer=wide)
    return keras.Sequential([keras.Input((LENGTH,), dtype="int32"), embedding, *body, head])


def answers(model, x):
    return keras.ops.convert_to_numpy(model(keras.ops.convert_to_tensor(x), training=False)).argmax(axis=1)


def texts(n=12, seed=0):
    return np.random.default_rng(seed).integers(1, VOCABULARY, (n, LENGTH)).astype("int32")


@pytest.fixture(scope="module")
def additive():
    """Two classes and a sum over positions: the first-order gain is the true one, and edits do not touch each other."""
    model = classifier()
    x = texts()
    return model, x, answers(model, x)


def test_the_strongest_edits_are_found_where_they_add_up(additive):
    model, x, y = additive
    edits = 2
    result = hotflip(model, x, y, edits=edits, protected=())
    places = list(itertools.combinations(range(LENGTH), edits))
    network = TokenNetwork(model, x, 4096)
    for i, text in enumerate(x):
        every = np.repeat(text[None], len(places) * VOCABULARY**edits, axis=0)
        for row, (where, new) in enumerate(
            itertools.product(places, itertools.product(range(VOCABULARY), repeat=edits))
        ):
            every[row, list(where)] = new
        logits = network.logits(every)
        fooled = logits.argmax(axis=1) != y[i]
        assert result.success[i] == fooled.any()
        if result.edits[i] == edits:
            loss = error_log_odds_of(logits, np.repeat(y[i], len(every)))
            found = error_log_odds_of(network.logits(result.x_adv[i : i + 1]), y[i : i + 1])
            assert found[0] == pytest.approx(loss.max(), abs=1e-4)


def test_edits_are_no_more_than_it_takes(additive):
    model, x, y = additive
    one, many = (hotflip(model, x, y, edits=n, protected=()) for n in (1, LENGTH))
    np.testing.assert_array_equal(many.success & (many.edits <= 1), one.success)
    assert [many.accuracy_within(n) for n in range(LENGTH + 1)] == sorted(
        (many.accuracy_within(n) for n in range(LENGTH + 1)), reverse=True
    )
    assert many.accuracy_within(0) == many.clean_accuracy == 1
    assert many.accuracy_within(LENGTH) == many.robust_accuracy == 0
    assert many.backwards < LENGTH * len(x)


def test_positions_that_are_fixed_stay(additive):
    model, x, y = additive
    fixed = np.arange(LENGTH) != 2
    result = hotflip(model, x, y, edits=LENGTH, fixed=fixed)
    np.testing.assert_array_equal(result.x_adv[:, fixed], x[:, fixed])
    assert result.edits.max() == 1
    nothing = hotflip(model, x, y, edits=2, fixed=np.ones(LENGTH, bool))
    assert nothing.robust_accuracy == nothing.clean_accuracy
    np.testing.assert_array_equal(nothing.x_adv, x)


def test_a_wider_beam_is_no_weaker():
    model = classifier(keras.layers.Flatten(), keras.layers.Dense(8, "tanh"), classes=3)
    x = texts(24)
    y = answers(model, x)
    greedy, wide = (hotflip(model, x, y, edits=1, beam=b, candidates=c) for b, c in ((1, 1), (6, 12)))
    assert wide.robust_accuracy <= greedy.robust_accuracy < 1
    assert wide.forwards > greedy.forwards


def test_the_gradient_is_that_of_the_vectors_and_none_where_they_are_masked():
    """Against differences of the loss when the vector of a token, which occurs once, is moved."""
    body = [keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(3, "tanh")]
    model = classifier(*body, mask_zero=True)
    x, y = np.array([[3, 1, 5, 0, 0]], "int32"), np.array([1])
    network = TokenNetwork(model, x, 8)
    gradient = network.gradient(x, y)
    embedding, step = model.layers[0], 1e-2
    vectors = embedding.get_weights()[0]
    for position in range(3):
        ends = []
        for sign in (1, -1):
            changed = vectors.copy()
            changed[x[0, position], 2] += sign * step
            embedding.set_weights([changed])
            ends.append(error_log_odds_of(network.logits(x), y)[0])
        embedding.set_weights([vectors])
        assert gradient[0, position, 2] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=2e-2, abs=1e-4)
    assert (gradient[0, 3:] == 0).all()


def test_substitutions_are_ranked_by_their_gain():
    rng = np.random.default_rng(0)
    gradient, vectors, x = rng.normal(size=(1, LENGTH, 3)), rng.normal(size=(VOCABULARY, 3)), texts(1)
    allowed = np.arange(VOCABULARY) != 4
    movable = np.array([[True, True, False, True, True]])
    found = best_substitutions(gradient, vectors, x, movable, allowed, 6)
    gains = {
        (p, t): gradient[0, p] @ (vectors[t] - vectors[x[0, p]])
        for p in np.flatnonzero(movable[0])
        for t in np.flatnonzero(allowed)
        if t != x[0, p]
    }
    expected = sorted(gains, key=gains.get, reverse=True)[:6]
    assert list(zip(found.positions[0], found.tokens[0], strict=True)) == expected
    assert found.usable.all()


def test_embeddings_of_positions_are_told_apart_and_nested_ones_found():
    x = texts(4)
    inputs = keras.Input((LENGTH,), dtype="int32")
    vectors = keras.layers.Embedding(VOCABULARY, 4, name="tokens")
    places = keras.layers.Embedding(LENGTH, 4, name="places")
    summed = vectors(inputs) + places(keras.ops.zeros_like(inputs) + keras.ops.arange(LENGTH, dtype="int32"))
    reader = keras.Model(inputs, keras.layers.Flatten()(summed))
    model = keras.Sequential([keras.Input((LENGTH,), dtype="int32"), reader, keras.layers.Dense(2)])
    network = TokenNetwork(model, x, 8)
    assert network.vectors.shape == (VOCABULARY, 4)
    assert hotflip(model, x, answers(model, x), edits=2).reliable


def test_vanishing_gradients_are_flagged():
    model = classifier(keras.layers.Lambda(keras.ops.stop_gradient), keras.layers.Flatten())
    x = texts()
    result = hotflip(model, x, answers(model, x), edits=1)
    assert result.flags == ("zero gradient",)
    assert not result.reliable


def test_models_without_one_embedding_are_not_applicable():
    x = texts(2)
    inputs = keras.Input((LENGTH,), dtype="int32")
    two = [keras.layers.Embedding(VOCABULARY, 2)(inputs) for _ in range(2)]
    several = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten()(keras.layers.Concatenate()(two))))
    values = keras.Sequential([keras.Input((LENGTH,)), keras.layers.Dense(2)])
    image = keras.Sequential([keras.Input((LENGTH, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])
    language = keras.Model(inputs, keras.layers.Dense(9)(two[0]))
    for model, text in [
        (several, "2 embeddings read"),
        (values, "no keras.layers.Embedding reads"),
        (image, "reads no tokens"),
        (language, "two or more classes"),
    ]:
        with pytest.raises(NotApplicableError, match=text):
            hotflip(model, x, np.zeros(2, int), edits=1)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"edits": 0}, "edits must be at least 1. Received: 0"),
        ({"beam": 0}, "beam must be at least 1"),
        ({"x": np.zeros((3, LENGTH, 1))}, r"x must be \(n, length\) tokens"),
        ({"x": np.full((3, LENGTH), 0.5)}, "x must hold whole numbers"),
        ({"x": np.full((3, LENGTH), VOCABULARY)}, "x must hold tokens from 0 to 8. Received: from 9 to 9"),
        ({"y": np.zeros(2)}, r"x must be \(n, length\) and y \(n,\)"),
        ({"y": np.full(3, 2)}, "labels must be integers from 0 to 1"),
        ({"fixed": np.zeros(3, bool)}, r"fixed must be \(length,\)"),
    ],
)
def test_arguments_are_checked(additive, options, text):
    with pytest.raises(ArgumentError, match=text):
        hotflip(additive[0], **{"x": texts(3), "y": np.zeros(3, int), "edits": 1} | options)


@pytest.mark.parametrize(
    ("change", "text"),
    [({"edits": 4}, "more than 1"), ({"fixed": True}, "fools nobody")],
)
def test_the_checker_notices(change, text):
    def run(model, x, y, **options):
        return hotflip(model, x, y, **options | change)

    spec = AttackSpec("altered", run, (), PAPER, reads="tokens")
    with pytest.raises(AssertionError, match=text):
        check_token_attack(spec)
