import numpy as np
import pytest

import nnbench
from nnbench.core.catalog import create_model
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.generation.decoding import Decoder
from nnbench.generation.generate import draw, generate
from nnbench.runtime.engine import engine

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

CONTEXT, VOCABULARY = 12, 19
SMALL = {
    "gpt_tiny": {},
    "gpt2": {"width": 16, "depth": 2, "heads": 4},
    "llama_tiny": {},
    "llama_7b": {"width": 24, "depth": 1, "heads": 3, "key_value_heads": 1, "hidden": 16},
}


@pytest.fixture(scope="module", params=SMALL)
def model(request):
    return lively(create_model(request.param, (CONTEXT,), VOCABULARY, **SMALL[request.param]))


def lively(model):
    """Return `model` with weights so large that every position matters."""
    rng = np.random.default_rng(0)
    for weight in model.trainable_variables:
        weight.assign(keras.ops.convert_to_numpy(weight.value) + rng.normal(0, 0.2, weight.shape))
    return model


def tokens(*shape):
    return np.random.default_rng(0).integers(0, VOCABULARY, shape).astype("int32")


def whole(model, sequences):
    return np.asarray(keras.ops.convert_to_numpy(engine().forward(model)(sequences)))


def test_cached_and_uncached_logits_agree(model):
    sequences = tokens(3, CONTEXT)
    decoder = Decoder(model, batch=3)
    parts = [decoder.next(part) for part in np.split(sequences, [5, 6, 7, 8, 11], axis=1)]
    expected = whole(model, sequences)
    assert np.ptp(expected) > 1
    np.testing.assert_allclose(np.concatenate(parts, axis=1), expected, atol=1e-5)
    decoder.restart()
    np.testing.assert_allclose(decoder.next(sequences[:, :4]), expected[:, :4], atol=1e-5)


def test_the_cache_does_not_change_what_is_drawn(model):
    start = tokens(2, 3)
    drawn = generate(model, start, max_new_tokens=9, top_k=8, seed=4)
    assert drawn.shape == (2, CONTEXT)
    assert drawn.dtype == np.int32
    assert np.array_equal(drawn[:, :3], start)
    assert np.array_equal(drawn, generate(model, start, max_new_tokens=9, top_k=8, seed=4, cache=False))
    assert not np.array_equal(drawn, generate(model, start, max_new_tokens=9, top_k=8, seed=5))


def test_temperature_0_takes_the_likeliest(model):
    drawn = generate(model, tokens(4), max_new_tokens=5, temperature=0, seed=1)
    assert drawn.shape == (9,)
    logits = whole(model, np.pad(drawn, (0, CONTEXT - 9))[None])[0]
    assert np.array_equal(drawn[4:], logits[3:8].argmax(-1))
    assert np.array_equal(drawn, generate(model, tokens(4), max_new_tokens=5, top_k=1, seed=2))


def test_no_new_tokens_are_the_given_ones():
    model = create_model("gpt_tiny")
    assert generate(model, [1, 2], max_new_tokens=0).tolist() == [1, 2]


def test_draws_are_as_frequent_as_the_softmax_says():
    logits = np.log([[0.5, 0.3, 0.15, 0.05]]).repeat(20_000, axis=0)
    rng = np.random.default_rng(0)

    def shares(**options):
        return np.bincount(draw(logits, rng=rng, **options), minlength=4) / len(logits)

    np.testing.assert_allclose(shares(temperature=1.0, top_k=None), [0.5, 0.3, 0.15, 0.05], atol=0.015)
    np.testing.assert_allclose(shares(temperature=1.0, top_k=2), [0.625, 0.375, 0, 0], atol=0.015)
    sharper = np.square([0.5, 0.3, 0.15, 0.05])
    np.testing.assert_allclose(shares(temperature=0.5, top_k=9), sharper / sharper.sum(), atol=0.015)


def test_a_recurrent_model_generates_without_a_cache():
    model = create_model("lstm_char_tiny", (CONTEXT,), VOCABULARY)
    assert nnbench.generate(model, tokens(2, 2), max_new_tokens=3, cache=False).shape == (2, 5)
    with pytest.raises(ArgumentError, match=r"'lstm1' \(LSTM\) of 'lstm_char_tiny' is not known to; .* cache=False"):
        generate(model, tokens(2, 2), max_new_tokens=3)


def test_attention_to_later_positions_has_no_cache():
    from nnbench.layers.attention import Attention

    inputs = keras.Input((CONTEXT,), dtype="int32")
    x = Attention(2, 4)(keras.layers.Embedding(VOCABULARY, 8)(inputs))
    model = keras.Model(inputs, keras.layers.Dense(VOCABULARY)(x))
    with pytest.raises(ArgumentError, match="a cache needs causal attention"):
        generate(model, [1], max_new_tokens=1)


def test_a_sequential_model_and_a_shared_layer_have_caches_of_their_own():
    from nnbench.layers.attention import Attention

    shared = Attention(2, 4, causal=True)
    layers = [keras.layers.Embedding(VOCABULARY, 8), shared, shared, keras.layers.Dense(VOCABULARY)]
    inputs = x = keras.Input((CONTEXT,), dtype="int32")
    for layer in layers:
        x = layer(x)
    twice = lively(keras.Model(inputs, x))
    decoder = Decoder(twice)
    parts = [decoder.next(part) for part in np.split(tokens(1, CONTEXT), [4, 5], axis=1)]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole(twice, tokens(1, CONTEXT)), atol=1e-5)
    once = keras.Sequential([keras.Input((CONTEXT,), dtype="int32"), layers[0], shared, layers[3]])
    np.testing.assert_allclose(Decoder(once).next(tokens(1, 3)), whole(once, tokens(1, CONTEXT))[:, :3], atol=1e-5)


def test_a_cache_in_half_precision():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = create_model("llama_tiny")
    finally:
        keras.config.set_dtype_policy(before)
    decoder = Decoder(model)
    found = np.concatenate([decoder.next(tokens(1, 5)), decoder.next(tokens(1, 6)[:, 5:])], axis=1)
    assert found.dtype == np.float32
    expected = whole(model, np.pad(tokens(1, 6), ((0, 0), (0, 26))))[:, :6]
    np.testing.assert_allclose(found, expected, atol=0.02 * np.abs(expected).max())


WRONG = [
    ({"tokens": [[[1]]]}, r"tokens must be integers, \(n,\) or \(batch, n\). Received: int64 \(1, 1, 1\)"),
    ({"tokens": [0.5]}, "tokens must be integers.* Received: float64"),
    ({"tokens": np.zeros((2, 0), int)}, r"tokens must be integers.* Received: int64 \(2, 0\)"),
    ({"tokens": [65]}, "tokens must be from 0 to 64. Received: 65 to 65"),
    ({"tokens": [-1, 3]}, "tokens must be from 0 to 64. Received: -1 to 3"),
    ({"max_new_tokens": 31}, "max_new_tokens must be from 0 to 30.* Received: 31"),
    ({"max_new_tokens": -1}, "max_new_tokens must be from 0 to 30.* Received: -1"),
    ({"temperature": -1.0}, "temperature must be at least 0. Received: -1.0"),
    ({"top_k": 0}, "top_k must be at least 1. Received: 0"),
]


@pytest.mark.parametrize(("options", "text"), WRONG)
def test_says_which_argument_is_wrong(options, text):
    arguments = {"tokens": [1, 2], "max_new_tokens": 3, **options}
    with pytest.raises(ArgumentError, match=text):
        generate(create_model("gpt_tiny"), arguments.pop("tokens"), **arguments)


@pytest.mark.parametrize("name", ["mlp_tiny", "t5_tiny", "bert_test"])
def test_says_which_models_generate(name):
    with pytest.raises(ArgumentError, match=r"model must be Functional, from tokens .* Received: \(None, "):
        generate(create_model(name), [1], max_new_tokens=1)


def test_a_decoder_takes_what_fits():
    decoder = Decoder(create_model("gpt_tiny"), batch=2)
    with pytest.raises(ArgumentError, match=r"tokens must be \(2, n\). Received: \(1, 3\)"):
        decoder.next(tokens(1, 3))
    decoder.next(tokens(2, 3))
    with pytest.raises(ArgumentError, match="the context holds 32 tokens. Received: 30 after 3"):
        decoder.next(tokens(2, 30))
