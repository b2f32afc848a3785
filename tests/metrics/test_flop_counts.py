import keras
import pytest
from keras import layers, ops

from nnbench.core.errors import ArgumentError, NotApplicableError
from nnbench.metrics._rules import FREE
from nnbench.metrics.flops import RULES, count_flops
from nnbench.runtime.abstract import without_values


def macs(layer, *shapes, **call):
    """Multiply-adds of one layer called on inputs of `shapes`."""
    inputs = [keras.Input(shape) for shape in shapes]
    flops = count_flops(keras.Model(inputs, layer(*inputs, **call)))
    assert flops.uncounted == ()
    assert flops.total % 2 == 0
    return flops.total // 2


@pytest.mark.parametrize(
    ("name", "published_gmacs"),
    # He et al. (2016) state 3.8 for ResNet-50 with its stride in the 1×1 convolution, Sandler et al. (2018) .30; the
    # others are those of torchvision's and timm's tables.
    [("ResNet50", 3.8), ("MobileNetV2", 0.300), ("VGG16", 15.5), ("DenseNet121", 2.83), ("EfficientNetB0", 0.39)],
)
def test_published_convolutional_networks(name, published_gmacs):
    with without_values():
        model = getattr(keras.applications, name)(weights=None)
    flops = count_flops(model)
    assert flops.total / 2e9 == pytest.approx(published_gmacs, rel=0.02)
    assert flops.uncounted == ()
    assert sum(flops.by_layer.values()) == flops.total


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (layers.Dense(5), (4,), 4 * 5),
        (layers.Dense(5), (3, 2, 4), 3 * 2 * 4 * 5),
        (layers.EinsumDense("abc,cde->abde", (None, 3, 2)), (7, 4), 7 * 4 * 3 * 2),
        (layers.EinsumDense("...x,xy->...y", 6), (7, 4), 7 * 4 * 6),
        (layers.Conv1D(6, 3, padding="valid"), (10, 4), 8 * 3 * 4 * 6),
        (layers.Conv2D(6, 3, strides=2, padding="same"), (9, 9, 4), 25 * 9 * 4 * 6),
        (layers.Conv2D(6, (3, 1), groups=2), (9, 9, 4), 7 * 9 * 3 * 2 * 6),
        (layers.Conv2D(6, 3, dilation_rate=2), (9, 9, 4), 25 * 9 * 4 * 6),
        (layers.Conv3D(2, 2), (4, 4, 4, 3), 27 * 8 * 3 * 2),
        (layers.Conv2DTranspose(6, 4, strides=2, padding="same"), (5, 5, 3), 25 * 16 * 3 * 6),
        (layers.Conv1DTranspose(6, 4, strides=2), (5, 3), 5 * 4 * 3 * 6),
        (layers.DepthwiseConv2D(3, depth_multiplier=2), (6, 6, 4), 16 * 9 * 4 * 2),
        (layers.DepthwiseConv1D(3), (6, 4), 4 * 3 * 4),
        (layers.SeparableConv2D(5, 3, depth_multiplier=2), (6, 6, 4), 16 * (9 * 8 + 8 * 5)),
        (layers.SeparableConv1D(5, 3), (6, 4), 4 * (3 * 4 + 4 * 5)),
        (layers.SimpleRNN(5), (7, 3), 7 * (3 * 5 + 5 * 5)),
        (layers.LSTM(5, return_sequences=True), (7, 3), 7 * 4 * (3 * 5 + 5 * 5)),
        (layers.GRU(5), (7, 3), 7 * 3 * (3 * 5 + 5 * 5)),
        (layers.GRU(5, reset_after=False), (7, 3), 7 * 3 * (3 * 5 + 5 * 5)),
        (layers.RNN([layers.LSTMCell(5), layers.GRUCell(2)]), (7, 3), 7 * (4 * 5 * 8 + 3 * 2 * 7)),
        (layers.Bidirectional(layers.LSTM(5)), (7, 3), 2 * 7 * 4 * (3 * 5 + 5 * 5)),
        (layers.TimeDistributed(layers.Conv2D(6, 3)), (7, 5, 5, 4), 7 * 9 * 9 * 4 * 6),
        (layers.ConvLSTM2D(2, 3, padding="same"), (4, 5, 5, 3), 4 * 25 * 9 * (3 + 2) * 4 * 2),
        (layers.SpectralNormalization(layers.Dense(5)), (4,), 4 * 5),
        (layers.BatchNormalization(), (4,), 0),
        (layers.LayerNormalization(), (4,), 0),
        (layers.PReLU(), (4,), 0),
        (layers.Embedding(10, 4), (3,), 0),
        (layers.MaxPooling2D(), (4, 4, 2), 0),
        (layers.Activation("softmax"), (4,), 0),
    ],
)
def test_layers_by_hand(layer, shape, expected):
    assert macs(layer, shape) == expected


def test_channels_first():
    config = {"strides": 2, "padding": "same", "data_format": "channels_first"}
    with keras.device("cpu"):
        layer = layers.Conv2D(6, 3, **config)
    assert layer.compute_output_shape((None, 4, 9, 9)) == (None, 6, 5, 5)
    from nnbench.metrics._call import Call

    assert RULES["Conv2D"](layer, Call(((1, 4, 9, 9),), ((1, 6, 5, 5),), {})) == 25 * 9 * 4 * 6


def test_self_attention_by_hand():
    t, d, heads, key, value = 5, 8, 2, 3, 4
    layer = layers.MultiHeadAttention(heads, key, value_dim=value)
    inputs = keras.Input((t, d))
    flops = count_flops(keras.Model(inputs, layer(inputs, inputs, use_causal_mask=True)))
    projections = t * d * heads * (2 * key + value) + t * heads * value * d
    assert flops.total == 2 * (projections + heads * t * t * (key + value))


def test_cross_attention_with_separate_keys_by_hand():
    query, value, key = keras.Input((5, 8)), keras.Input((7, 6)), keras.Input((7, 9))
    layer = layers.MultiHeadAttention(2, 3, value_dim=4, output_shape=10)
    flops = count_flops(keras.Model([query, value, key], layer(query, key=key, value=value)))
    projections = 5 * 8 * 6 + 7 * 9 * 6 + 7 * 6 * 8 + 5 * 8 * 10
    assert flops.total == 2 * (projections + 2 * 5 * 7 * (3 + 4))


def test_attention_over_one_axis_of_two():
    layer = layers.MultiHeadAttention(2, 3, attention_axes=(2,))
    inputs = keras.Input((4, 5, 8))
    flops = count_flops(keras.Model(inputs, layer(inputs, inputs)))
    assert flops.total == 2 * (4 * (4 * 5 * 8 * 6) + 4 * 2 * 5 * 5 * 6)


def test_grouped_query_attention_by_hand():
    layer = layers.GroupQueryAttention(head_dim=3, num_query_heads=4, num_key_value_heads=2)
    inputs = keras.Input((5, 8))
    flops = count_flops(keras.Model(inputs, layer(inputs, inputs)))
    projections = 5 * 8 * 3 * (4 + 2 + 2) + 5 * 4 * 3 * 8
    assert flops.total == 2 * (projections + 4 * 5 * 5 * 6)


def test_plain_attention_layers():
    for layer, expected in [
        (layers.Attention(), 5 * 7 * (8 + 8)),
        (layers.Attention(score_mode="concat"), 5 * 7 * 8),
        (layers.AdditiveAttention(), 5 * 7 * (8 + 8)),
    ]:
        query, value = keras.Input((5, 8)), keras.Input((7, 8))
        assert count_flops(keras.Model([query, value], layer([query, value]))).total == 2 * expected


def test_tied_embedding_costs_in_reverse_alone():
    tokens = keras.Input((6,), dtype="int32")
    table = layers.ReversibleEmbedding(11, 4)
    flops = count_flops(keras.Model(tokens, table(table(tokens), reverse=True)))
    assert flops.total == 2 * 6 * 4 * 11


def two(*shapes):
    return [keras.Input(shape) for shape in shapes]


@pytest.mark.parametrize(
    ("function", "shapes", "expected"),
    [
        (lambda a, b: a @ b, [(5, 7), (7, 3)], 5 * 7 * 3),
        (lambda a, b: ops.einsum("bij,bkj->bik", a, b), [(5, 7), (3, 7)], 5 * 7 * 3),
        (lambda a, b: ops.einsum("...ij,...jk->...ik", a, b), [(2, 5, 7), (2, 7, 3)], 2 * 5 * 7 * 3),
        (lambda a, b: layers.Dot(axes=(2, 1))([a, b]), [(5, 7), (7, 3)], 5 * 7 * 3),
        (lambda a, b: layers.Dot(axes=1)([a, b]), [(7,), (7,)], 7),
        (lambda a, b: ops.dot_product_attention(a, b, b), [(5, 2, 3), (7, 2, 3)], 2 * 5 * 7 * 6),
        (lambda a, b: a + b, [(5, 7), (5, 7)], 0),
    ],
)
def test_operations_in_the_graph(function, shapes, expected):
    inputs = two(*shapes)
    assert count_flops(keras.Model(inputs, function(*inputs))).total == 2 * expected


def test_operations_with_constants():
    inputs = keras.Input((5, 7))
    kernel = ops.ones((3, 7, 2))
    model = keras.Model(inputs, ops.conv(inputs, kernel, padding="valid", data_format="channels_last"))
    assert count_flops(model).total == 2 * 3 * 3 * 7 * 2
    model = keras.Model(inputs, ops.tensordot(inputs, ops.ones((7, 4)), axes=1))
    assert count_flops(model).total == 2 * 5 * 7 * 4


def test_a_batch_axis_folded_into_windows_is_followed():
    """As in window attention: (batch, 4, 8) is cut into (batch · 2, 2, 8)."""
    inputs = keras.Input((4, 8))
    windows = ops.reshape(inputs, (-1, 2, 8))
    outputs = layers.MultiHeadAttention(1, 8)(windows, windows)
    expected = 4 * (4 * 8 * 8) + 2 * (2 * 2 * 16)
    model = keras.Model(inputs, ops.reshape(outputs, (-1, 4, 8)))
    assert count_flops(model).total == 2 * expected
    assert count_flops(model, batch=3).total == 3 * 2 * expected


def test_nested_models_and_layers_called_twice():
    shared = layers.Dense(4, name="shared")
    nested = keras.Sequential([keras.Input((4,)), shared, layers.Dense(2)], name="nested")
    inputs = keras.Input((4,))
    flops = count_flops(keras.Model(inputs, nested(shared(shared(inputs)))))
    assert flops.by_layer == {"shared": 2 * 2 * 16, "nested": 2 * (16 + 8)}
    assert flops.total == 2 * (16 + 16 + 16 + 8)


def test_a_nested_model_takes_the_size_it_is_called_on():
    free = keras.Input((None, None, 3))
    nested = keras.Model(free, layers.Conv2D(5, 1)(free), name="nested")
    inputs = keras.Input((6, 4, 3))
    assert count_flops(keras.Model(inputs, nested(inputs))).total == 2 * 24 * 3 * 5


def test_sizes_that_a_layer_does_not_state_are_found():
    inputs = keras.Input((7, 4))
    heads = layers.EinsumDense("abc,cde->abde", (None, 3, 2))(inputs)
    assert heads.shape == (None, None, 3, 2)
    flops = count_flops(keras.Model(inputs, layers.Dense(5)(heads)))
    assert flops.total == 2 * (7 * 4 * 6 + 7 * 3 * 2 * 5)


def test_sequential_and_batch():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="head")])
    assert count_flops(model, batch=7).by_layer == {"head": 2 * 7 * 12}


class Scale(layers.Layer):
    def build(self, shape):
        self.scale = self.add_weight(shape=shape[-1:])

    def call(self, x):
        return x * self.scale

    def compute_output_shape(self, shape):
        return shape


class CountedScale(Scale):
    def flops(self, shape):
        assert shape[0] == 2
        return 10 * shape[-1]


class OtherDense(layers.Dense):
    def call(self, x):
        return super().call(super().call(x))


def test_what_is_not_known_is_listed():
    inner = keras.Sequential([keras.Input((4,)), Scale(name="deep")], name="inner")
    inputs = keras.Input((4,))
    model = keras.Model(inputs, OtherDense(4, name="other")(inner(layers.Dense(4)(inputs))))
    flops = count_flops(model)
    assert flops.uncounted == ("inner/deep", "other")
    assert flops.total == 2 * 16


def test_a_layer_can_count_itself():
    model = keras.Sequential([keras.Input((4,)), CountedScale(name="own")])
    assert count_flops(model, batch=2).by_layer == {"own": 40}


def test_every_keras_layer_with_weights_is_known():
    """A layer that a new Keras brings has to be entered in the table, or it would be listed as uncounted."""
    wrappers = {"Bidirectional", "SpectralNormalization", "TimeDistributed", "Wrapper"}
    foreign = {"FlaxLayer", "JaxLayer", "TFSMLayer", "TorchModuleWrapper"}  # other frameworks' code
    cells = {"GRUCell", "LSTMCell", "SimpleRNNCell", "StackedRNNCells"}  # counted by the layer that runs them
    look_up = {"Discretization", "Hashing", "HashedCrossing", "IntegerLookup", "StringLookup", "TextVectorization"}
    listed = {"STFTSpectrogram"}  # its transform is a table of fixed weights, and is listed as uncounted
    known = set(RULES) | FREE | wrappers | foreign | cells | look_up | listed
    classes = {c for c in vars(layers).values() if isinstance(c, type) and issubclass(c, layers.Layer)}
    with_weights = {c.__name__ for c in classes if any("add_weight" in b.__dict__.get("build", len).__code__.co_names
                    for b in c.__mro__ if hasattr(b.__dict__.get("build"), "__code__"))}  # fmt: skip
    assert "Dense" in with_weights
    assert with_weights <= known


def test_refuses():
    subclassed = type("Own", (keras.Model,), {"call": lambda self, x: x})(name="own")
    with pytest.raises(NotApplicableError, match="'own' is not a built Functional or Sequential model"):
        count_flops(subclassed)
    free = keras.Input((None, 3))
    with pytest.raises(NotApplicableError, match=r"free axes of the input \(None, None, 3\)"):
        count_flops(keras.Model(free, layers.Dense(2)(free)))
    with pytest.raises(ArgumentError, match="batch must be at least 1"):
        count_flops(keras.Sequential([keras.Input((3,)), layers.Dense(2)]), batch=0)
