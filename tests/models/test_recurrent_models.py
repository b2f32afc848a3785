"""What recurrent, temporal convolutional and state-space models read, and what they refuse."""

import numpy as np
import pytest

from nnbench.core.catalog import create_model
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.runtime.engine import engine

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

LENGTH, CHANGED, VOCABULARY = 12, 7, 11

LANGUAGE = ["mamba_tiny", "mingru_char_tiny", "minlstm_char_tiny", "tcn_char_tiny", "lstm_char_tiny"]
TRANSLATION = ["seq2seq_tiny", "rnnsearch_tiny"]

WRONG = [
    ("mingru_tiny", {"cell": "gru"}, "cell must be one of mingru, minlstm"),
    ("mingru_tiny", {"expansion": 0.01}, "expansion must leave at least one of 16 units"),
    ("tcn_tiny", {"kernel": 1}, "kernel must be at least 2"),
    ("tcn_tiny", {"depth": 0}, "levels and width must be at least 1"),
    ("seq2seq_tiny", {"attention": "concat"}, "attention must be None or one of dot, general"),
    ("seq2seq_tiny", {"depth": 0}, "depth must be at least 1"),
    ("rnnsearch_tiny", {"target_length": 0}, "target_length must be at least 1"),
    ("rnnsearch_tiny", {"input_shape": (4, 4)}, r"input_shape must be \(length,\)"),
    ("mamba_tiny", {"input_shape": (4, 4)}, r"input_shape must be \(length,\)"),
]


def tokens(seed=0):
    return np.random.default_rng(seed).integers(0, VOCABULARY, (2, LENGTH)).astype("int32")


def changed(before):
    after = before.copy()
    after[:, CHANGED] = (after[:, CHANGED] + 1) % VOCABULARY
    return after


def outputs(model, *inputs):
    forward = engine().forward(model)
    return [keras.ops.convert_to_numpy(forward(x)) for x in inputs]


def differing_steps(a, b):
    return (np.abs(a - b).max(axis=(0, 2)) > 1e-6).tolist()


@pytest.mark.parametrize("name", LANGUAGE)
def test_a_later_token_does_not_change_earlier_logits(name):
    model = create_model(name, input_shape=(LENGTH,), classes=VOCABULARY)
    a, b = outputs(model, tokens(), changed(tokens()))
    differing = differing_steps(a, b)
    assert differing[: CHANGED + 1] == [False] * CHANGED + [True]


def test_a_later_chord_does_not_change_earlier_logits():
    model = create_model("tcn_music_tiny", input_shape=(LENGTH, 5), classes=5)
    before = np.random.default_rng(0).integers(0, 2, (2, LENGTH, 5)).astype("float32")
    after = before.copy()
    after[:, CHANGED] = 1 - after[:, CHANGED]
    assert differing_steps(*outputs(model, before, after))[: CHANGED + 1] == [False] * CHANGED + [True]


@pytest.mark.parametrize("name", TRANSLATION)
def test_a_translator_reads_the_whole_source_and_the_target_so_far(name):
    model = create_model(name, input_shape=(LENGTH,), classes=VOCABULARY)
    assert [i.name for i in model.inputs] == ["source", "target"]
    source, target = tokens(0), tokens(1)
    a, b, c = outputs(model, [source, target], [changed(source), target], [source, changed(target)])
    assert all(differing_steps(a, b))
    assert differing_steps(a, c) == [False] * CHANGED + [True] * (LENGTH - CHANGED)


@pytest.mark.parametrize("name", TRANSLATION)
def test_a_target_of_another_length(name):
    model = create_model(name, input_shape=(LENGTH,), classes=VOCABULARY, target_length=5)
    (found,) = outputs(model, [tokens(), tokens()[:, :5]])
    assert found.shape == (2, 5, VOCABULARY)


def test_attention_finds_its_place_in_the_source():
    """Without attention, the first step sees the encoder's last state alone; with it, every annotation."""
    model = create_model("seq2seq_tiny", input_shape=(LENGTH,), classes=VOCABULARY, attention="dot", units=8)
    attention = model.get_layer("attention")
    assert attention.output.shape == (None, LENGTH, 8)
    without = create_model("seq2seq_tiny", input_shape=(LENGTH,), classes=VOCABULARY, attention=None)
    assert "attention" not in [layer.name for layer in without.layers]


@pytest.mark.parametrize(("depth", "kernel"), [(2, 3), (3, 2)])
def test_the_last_step_sees_as_far_as_documented(depth, kernel):
    seen = 1 + 2 * (kernel - 1) * (2**depth - 1)
    steps = seen + 2
    model = create_model("tcn_tiny", input_shape=(steps, 1), classes=3, depth=depth, kernel=kernel)
    # Without zeros in between, no path through a rectifier is closed.
    model.set_weights([np.abs(keras.ops.convert_to_numpy(w.value)) + 0.1 for w in model.weights])
    x = np.ones((steps + 1, steps, 1), "float32")
    x[np.arange(1, steps + 1), np.arange(steps)] += 1
    (found,) = outputs(model, x)
    reaches = np.abs(found[1:] - found[0]).max(axis=1) > 1e-5 * np.abs(found[0]).max()
    assert reaches.tolist() == [False] * (steps - seen) + [True] * seen


@pytest.mark.parametrize(("name", "limit"), [("lstm_ptb_small", 0.1), ("lstm_ptb_medium", 0.05)])
def test_published_word_models_start_uniform(name, limit):
    keras.utils.set_random_seed(0)
    for weight in create_model(name, classes=50, units=20).weights:
        values = keras.ops.convert_to_numpy(weight.value)
        assert 0.8 * limit < np.abs(values).max() <= limit
        assert abs(values.mean()) < 0.2 * limit


@pytest.mark.parametrize(("name", "options", "text"), WRONG)
def test_the_error_names_the_argument_and_what_came(name, options, text):
    with pytest.raises(ArgumentError, match=rf"{text}.*Received: "):
        create_model(name, **options)


@pytest.mark.parametrize("name", ["mamba_tiny", "mingru_char_tiny", "tcn_char_tiny", "rnnsearch_tiny", "seq2seq_tiny"])
def test_trains_compiled_as_keras_chooses(name):
    model = create_model(name)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    x = [np.ones((4, *i.shape[1:]), "int32") for i in model.inputs]
    history = model.fit(x if len(x) > 1 else x[0], np.ones((4, *model.output_shape[1:-1])), epochs=3, verbose=0)
    first, *_, last = history.history["loss"]
    assert np.isfinite(last)
    assert last < first
