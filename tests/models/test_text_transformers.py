import numpy as np
import pytest

from nnbench.core.catalog import create_model
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.interop.surgery import feature_extractor, stages
from nnbench.runtime.engine import engine

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

LENGTH, TARGET, VOCABULARY = 10, 6, 23
TRANSLATORS = ["t5_tiny", "transformer_mini"]


def numpy(tensor):
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def outputs(model, *arrays):
    return numpy(engine().forward(model)(list(arrays) if len(arrays) > 1 else arrays[0]))


def tokens(*shape, seed=0):
    return np.random.default_rng(seed).integers(1, VOCABULARY, shape).astype("int32")


def translator(name, length=LENGTH, **options):
    model = create_model(name, (length,), VOCABULARY, target_length=TARGET, **options)
    rng = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(rng.normal(0, 0.3, weight.shape))
    return model


def test_a_later_token_does_not_change_what_llama_says_before():
    model = create_model("llama_tiny", (LENGTH,), VOCABULARY)
    a, b = tokens(2, LENGTH), tokens(2, LENGTH)
    b[:, 6] = (b[:, 6] + 1) % VOCABULARY
    a, b = outputs(model, a), outputs(model, b)
    np.testing.assert_allclose(a[:, :6], b[:, :6], atol=1e-6)
    assert (np.abs(a[:, 6:] - b[:, 6:]).max(axis=(0, 2)) > 1e-6).all()


@pytest.mark.parametrize("name", TRANSLATORS)
def test_a_translator_sees_the_source_and_the_target_so_far(name):
    model = translator(name)
    source, target = tokens(2, LENGTH), tokens(2, TARGET, seed=1)
    before = outputs(model, source, target)
    assert before.shape == (2, TARGET, VOCABULARY)
    later = target.copy()
    later[:, 3] = later[:, 3] % (VOCABULARY - 1) + 1
    changed = np.abs(outputs(model, source, later) - before).max(axis=(0, 2))
    assert (changed[:3] < 1e-5).all()
    assert (changed[3:] > 1e-4).all()
    other = source.copy()
    other[:, -1] = other[:, -1] % (VOCABULARY - 1) + 1
    assert (np.abs(outputs(model, other, target) - before).max(axis=(0, 2)) > 1e-4).all()


@pytest.mark.parametrize("name", TRANSLATORS)
def test_padding_of_the_source_changes_nothing(name):
    source, target = tokens(2, LENGTH), tokens(2, TARGET, seed=1)
    short, long = translator(name), translator(name, LENGTH + 4)
    padded = np.pad(source, ((0, 0), (0, 4)))
    np.testing.assert_allclose(outputs(long, padded, target), outputs(short, source, target), atol=1e-4)
    seen = translator(name, LENGTH + 4, padding=None)
    assert np.abs(outputs(seen, padded, target) - outputs(short, source, target)).max() > 1e-2


def test_padding_of_a_text_changes_nothing_in_bert():
    model = create_model("bert_test", (LENGTH,))
    text = tokens(2, LENGTH)
    text[:, 7:] = 0
    before = outputs(model, text)
    # With the vectors of padded places changed, what is seen must stay the same.
    positions = numpy(model.get_layer("positions").embeddings).copy()
    positions[7:] += 1
    model.get_layer("positions").embeddings.assign(positions)
    np.testing.assert_allclose(outputs(model, text), before, atol=1e-5)
    text[:, 7] = 1
    assert np.abs(outputs(model, text) - before).max() > 1e-5


def test_a_text_of_padding_alone_is_finite():
    assert np.isfinite(outputs(create_model("bert_test"), np.zeros((2, 16), "int32"))).all()


def test_bert_tells_the_second_text_from_the_first():
    keras.utils.set_random_seed(0)
    model = create_model("bert_test", (LENGTH,), segments=True)
    plain = create_model("bert_test", (LENGTH,))
    plain.set_weights(model.get_weights())
    text, first = tokens(2, LENGTH), np.zeros((2, LENGTH), "int32")
    np.testing.assert_allclose(outputs(model, text, first), outputs(plain, text), atol=1e-6)
    second = first.copy()
    second[:, 5:] = 1
    assert np.abs(outputs(model, text, second) - outputs(plain, text)).max() > 1e-5


def test_bert_gives_its_pooled_vector_or_logits_of_it():
    sizes = {"width": 16, "depth": 2, "heads": 2, "vocabulary": VOCABULARY}
    pooled = create_model("bert_base", (LENGTH,), **sizes)
    assert pooled.output_shape == (None, 16)
    assert np.abs(outputs(pooled, tokens(3, LENGTH))).max() <= 1
    classifier = create_model("bert_base", (LENGTH,), 5, **sizes)
    assert classifier.output_shape == (None, 5)
    assert stages(classifier) == ["stage1", "stage2"]
    assert feature_extractor(classifier, "stage2").output_shape == (None, LENGTH, 16)


@pytest.mark.parametrize(("name", "width", "depth"), [("gpt2", 64, 8), ("gpt_tiny", 64, 8)])
def test_gpt_starts_as_published(name, width, depth):
    model = create_model(name, (LENGTH,), VOCABULARY, width=width, depth=depth, heads=4)
    for i in range(1, depth + 1):
        attention = model.get_layer(f"block{i}_attention")
        deviations = [numpy(part.kernel).std() for part in (attention.query, attention.key, attention.value)]
        deviations.append(numpy(model.get_layer(f"block{i}_mlp1").kernel).std())
        np.testing.assert_allclose(deviations, 0.02, rtol=0.1)
        last = [attention.output_projection, model.get_layer(f"block{i}_mlp2")]
        np.testing.assert_allclose([numpy(part.kernel).std() for part in last], 0.02 / (2 * depth) ** 0.5, rtol=0.1)


def test_t5_starts_as_published():
    model = create_model("t5_tiny", width=64, heads=4, head_width=32, hidden=256)
    attention = model.get_layer("decoder1_attention")
    parts = [attention.query, attention.key, attention.value, attention.output_projection]
    parts += [model.get_layer("decoder1_mlp1"), model.get_layer("decoder1_mlp2")]
    expected = np.array([64 * 32, 64, 64, 4 * 32, 64, 256]) ** -0.5
    np.testing.assert_allclose([numpy(part.kernel).std() for part in parts], expected, rtol=0.1)
    assert numpy(model.get_layer("embedding").embeddings).std() == pytest.approx(1, rel=0.1)


WRONG = [
    ("llama_tiny", {"heads": 5}, r"width must be a multiple of heads \(5\). Received: 32"),
    ("llama_tiny", {"key_value_heads": 3}, r"key_value_heads must divide heads \(4\). Received: 3"),
    ("llama_tiny", {"heads": 32, "key_value_heads": 32}, "head_width must be even for rotary positions. Received: 1"),
    ("llama_tiny", {"input_shape": (3, 3)}, r"input_shape must be \(length,\). Received: \(3, 3\)"),
    ("bert_test", {"heads": 5}, r"width must be a multiple of heads \(5\). Received: 32"),
    ("t5_tiny", {"target_length": 0}, "target_length must be at least 1. Received: 0"),
    ("transformer_mini", {"heads": 3}, r"width must be a multiple of heads \(3\). Received: 16"),
    ("transformer_mini", {"target_length": -2}, "target_length must be at least 1. Received: -2"),
    ("transformer_mini", {"width": 15, "heads": 3}, "width must be even. Received: 15"),
]


@pytest.mark.parametrize(("name", "options", "text"), WRONG)
def test_a_text_transformer_names_the_wrong_argument(name, options, text):
    with pytest.raises(ArgumentError, match=text):
        create_model(name, **options)
