import numpy as np
import pytest

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

BATCH, LENGTH, WIDTH = 2, 7, 12
HEADS, HEAD_WIDTH = 6, 4

KINDS = {
    "plain": {},
    "causal": {"causal": True},
    "rotary": {"causal": True, "rotary": 100.0},
    "grouped": {"causal": True, "rotary": 100.0, "key_value_heads": 3},
    "one key-value head": {"key_value_heads": 1, "use_bias": False},
    "scaled": {"scale": 1.0},
}


def attention(**options):
    from nnbench.layers.attention import Attention

    keras.utils.set_random_seed(0)
    layer = Attention(HEADS, HEAD_WIDTH, **options)
    layer.build((None, None, WIDTH))
    rng = np.random.default_rng(1)
    for weight in layer.weights:
        weight.assign(rng.normal(0, 0.4, weight.shape))
    return layer


def values(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def numpy(tensor):
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def expected(layer, x, memory, mask, bias=0.0):
    """Return the layer's output from its definition, in NumPy."""

    def projected(array, part, heads):
        made = array @ numpy(part.kernel) + (numpy(part.bias) if layer.use_bias else 0)
        return made.reshape(*array.shape[:2], heads, -1)

    groups = layer.key_value_heads
    q, k = projected(x, layer.query, HEADS), projected(memory, layer.key, groups)
    v = projected(memory, layer.value, groups)
    if layer.rotary:
        q, k = _turned(q, layer.rotary), _turned(k, layer.rotary)
    k, v = (np.repeat(a, HEADS // groups, axis=2) for a in (k, v))
    scores = np.einsum("btnh,bsnh->bnts", q, k) * (layer.scale or HEAD_WIDTH**-0.5) + bias
    scores = np.where(mask, scores, -np.inf)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    mixed = np.einsum("bnts,bsnh->btnh", weights, v).reshape(*x.shape[:2], -1)
    out = mixed @ numpy(layer.output_projection.kernel)
    return out + (numpy(layer.output_projection.bias) if layer.use_bias else 0)


def _turned(x, base):
    """A pair of dimensions is a complex number here."""
    half = HEAD_WIDTH // 2
    angles = np.arange(x.shape[1])[:, None] * base ** (-np.arange(half) / half)
    turned = (x[..., :half] + 1j * x[..., half:]) * np.exp(1j * angles)[:, None]
    return np.concatenate([turned.real, turned.imag], axis=-1)


def _causal(length=LENGTH):
    return np.tril(np.ones((length, length), bool))


@pytest.mark.parametrize("kind", KINDS)
def test_is_what_it_is_defined_to_be(kind):
    layer, x = attention(**KINDS[kind]), values(BATCH, LENGTH, WIDTH)
    mask = _causal() if layer.causal else True
    np.testing.assert_allclose(numpy(layer(x)), expected(layer, x, x, mask), atol=2e-5)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("biased", [False, True])
def test_hides_what_is_not_visible(causal, biased):
    layer, x = attention(causal=causal), values(BATCH, LENGTH, WIDTH)
    visible = np.array([[True] * LENGTH, [True] * 4 + [False] * 3])
    bias = values(1, HEADS, LENGTH, LENGTH, seed=3) if biased else None
    found = layer(x, visible=visible, bias=bias)
    mask = visible[:, None, None] & (_causal() if causal else True)
    np.testing.assert_allclose(numpy(found), expected(layer, x, x, mask, bias if biased else 0.0), atol=2e-5)


def test_asks_a_memory_of_another_length_and_width():
    from nnbench.layers.attention import Attention

    layer = Attention(HEADS, HEAD_WIDTH)
    x, memory = values(BATCH, LENGTH, WIDTH), values(BATCH, 5, 8)
    found = numpy(layer(x, memory))
    np.testing.assert_allclose(found, expected(layer, x, memory, True), atol=2e-5)
    assert layer.key.kernel.shape == (8, HEADS * HEAD_WIDTH)


@pytest.mark.parametrize("kind", KINDS)
def test_dropout_changes_nothing_but_what_it_drops(kind):
    x = values(BATCH, LENGTH, WIDTH)
    plain, dropping = attention(**KINDS[kind]), attention(**KINDS[kind], dropout=1e-7)
    np.testing.assert_allclose(numpy(dropping(x, training=True)), numpy(plain(x)), atol=2e-5)
    half = attention(**KINDS[kind], dropout=0.5)
    assert np.abs(numpy(half(x, training=True)) - numpy(plain(x))).max() > 1e-2
    np.testing.assert_allclose(numpy(half(x, training=False)), numpy(plain(x)), atol=2e-5)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].get("causal")])
def test_steps_give_what_the_whole_gives(kind):
    layer, x = attention(**KINDS[kind]), values(BATCH, LENGTH, WIDTH)
    cache = tuple(keras.ops.zeros(shape) for shape in layer.cache_shapes(BATCH, LENGTH))
    parts, position = [], 0
    for part in np.split(x, [3, 4, 6], axis=1):
        out, cache = layer.step(keras.ops.convert_to_tensor(part), cache, position)
        parts.append(numpy(out))
        position += part.shape[1]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), numpy(layer(x)), atol=1e-5)


def test_a_cache_needs_causal_attention():
    with pytest.raises(ArgumentError, match="a cache needs causal attention. Received: 'attention"):
        attention().cache_shapes(1, 4)


def test_each_projection_starts_with_its_own_numbers():
    from nnbench.layers.attention import Attention

    layer = Attention(3, 4, kernel_initializer=keras.initializers.RandomNormal(seed=None))
    layer.build((None, None, 12))
    kernels = [numpy(w) for w in layer.weights if w.name == "kernel"]
    assert len({kernel.tobytes() for kernel in kernels}) == 4


def test_comes_back_from_its_configuration():
    options = {**KINDS["grouped"], "dropout": 0.1, "scale": 0.5, "output_initializer": "zeros"}
    layer = attention(**options)
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert {key: again.get_config()[key] for key in KINDS["grouped"]} == KINDS["grouped"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"key_value_heads": 4}, r"key_value_heads must divide heads \(6\). Received: 4"),
        ({"rotary": 100.0, "head_width": 3}, "head_width must be even for rotary positions. Received: 3"),
    ],
)
def test_says_what_cannot_be(options, text):
    from nnbench.layers.attention import Attention

    with pytest.raises(ArgumentError, match=text):
        Attention(**{"heads": HEADS, "head_width": HEAD_WIDTH, **options})


def test_relative_positions_share_buckets_further_and_further():
    from nnbench.layers.relative_positions import buckets_of

    behind = buckets_of(200, 32, 128, True)[-1, ::-1]
    assert behind[:17].tolist() == list(range(17))
    assert (np.diff(behind) >= 0).all()
    assert set(behind[128:]) == {31}
    assert (buckets_of(200, 32, 128, True)[0] == 0).all()
    both = buckets_of(200, 32, 128, False)
    assert (both[0, 1:] == both[1:, 0] + 16).all()


def test_relative_positions_are_biases_by_distance():
    from nnbench.layers.relative_positions import RelativePositionBias, buckets_of

    layer = RelativePositionBias(3, buckets=8, distance=20, initializer="normal")
    found = numpy(layer(values(2, 9, 5)))
    assert found.shape == (1, 3, 9, 9) == layer.compute_output_shape((2, 9, 5))
    table = numpy(layer.embeddings)
    np.testing.assert_allclose(found[0, 1], table[buckets_of(9, 8, 20, False), 1], atol=1e-6)


def test_sinusoids_are_those_of_the_paper():
    from nnbench.layers.tokens import SinusoidalPositions

    found = numpy(SinusoidalPositions()(np.zeros((1, 11, 8), "float32")))[0]
    for position, i in [(0, 0), (10, 0), (3, 2), (7, 3)]:
        angle = position / 10_000 ** (2 * i / 8)
        np.testing.assert_allclose(found[position, [i, i + 4]], [np.sin(angle), np.cos(angle)], atol=1e-6)
