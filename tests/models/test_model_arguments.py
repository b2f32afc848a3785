import numpy as np
import pytest

from nnbench.core.catalog import create_model, create_networks
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.runtime.abstract import without_values
from nnbench.runtime.engine import engine
from nnbench.testing.models import samples

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

WRONG = [
    ("lenet5", {"input_shape": (8, 8, 1)}, "sides of at least 12"),
    ("lenet5", {"input_shape": (28,)}, r"input_shape must be \(height, width\)"),
    ("lenet5", {"pooling": "median"}, "pooling must be one of average, max"),
    ("cnn_small", {"input_shape": (2, 2, 1)}, "sides of at least 4"),
    ("mnist1d_cnn", {"input_shape": (28, 28, 1)}, r"input_shape must be \(steps,\)"),
    ("mnist1d_cnn", {"input_shape": (3,)}, "at least 5 steps"),
    ("mlp", {"input_shape": (None, 3)}, "input_shape must give every side"),
    ("mlp", {"initializer": "zeros"}, "initializer must be one of keras, torch"),
    ("gru", {"input_shape": (2, 2, 2, 2)}, "input_shape must be"),
    ("gru", {"readout": "first"}, "readout must be one of last, all"),
    ("resnet18", {"stem": "large"}, "stem must be one of imagenet, small"),
    ("vit_mini", {"input_shape": (30, 30, 1)}, r"input_shape must have sides that patch \(7\) divides"),
    ("gpt_tiny", {"input_shape": (8, 8)}, r"input_shape must be \(length,\)"),
    ("gpt_tiny", {"heads": 5}, r"width must be a multiple of heads \(5\)"),
    ("gpt_tiny", {"activation": "tanh"}, "activation must be one of gelu, gelu_tanh, relu"),
]


@pytest.mark.parametrize(("name", "options", "text"), WRONG)
def test_the_error_names_the_argument_and_what_came(name, options, text):
    with pytest.raises(ArgumentError, match=rf"{text}.*Received: "):
        create_model(name, **options)


def test_an_option_reaches_the_networks_that_name_it():
    widths = {"generator_widths": (4,), "discriminator_widths": (8,)}
    with without_values():
        networks = create_networks("mlp_gan_tiny", **widths)
    assert {role: network.get_layer("hidden1").units for role, network in networks.items()} == {
        "generator": 4,
        "discriminator": 8,
    }


def test_an_option_that_no_network_names_is_refused():
    with pytest.raises(ArgumentError, match="takes no argument 'discriminator_width'; .*Did you mean 'disc"):
        create_networks("mlp_gan_tiny", discriminator_width=(8,))


@pytest.mark.parametrize("name", ["mlp_tiny", "lstm_tiny", "transformer_tiny"])
@pytest.mark.parametrize("shape", [(6,), (6, 2), (8, 6, 3)])
def test_reads_tables_signals_and_images(name, shape):
    model = create_model(name, input_shape=shape, classes=3)
    outputs = engine().forward(model)(samples(model))
    assert tuple(outputs.shape) == (4, 3)


def test_an_image_is_read_by_rows():
    layers = create_model("lstm_tiny", input_shape=(8, 6, 3)).layers
    assert layers[1].output.shape == (None, 8, 18)


@pytest.mark.parametrize(
    ("name", "fan_in"), [("mnist1d_logistic", [40]), ("mnist1d_mlp", [40, 100, 100]), ("mnist1d_cnn", [5, 75, 75, 125])]
)
def test_published_mnist1d_models_start_as_in_pytorch(name, fan_in):
    weights = [keras.ops.convert_to_numpy(w.value) for w in create_model(name).weights]
    for weight, n in zip(weights, np.repeat(fan_in, 2), strict=True):
        assert 0.7 / n**0.5 < np.abs(weight).max() <= 1 / n**0.5
    assert not np.array_equal(weights[0].ravel()[:10], weights[1][:10])


def test_published_mnist1d_mlp_adds_its_second_layer_to_the_first():
    model = create_model("mnist1d_mlp")
    x = samples(model)
    w1, b1, w2, b2, w3, b3 = (keras.ops.convert_to_numpy(w.value) for w in model.weights)
    h = np.maximum(x @ w1 + b1, 0)
    h = h + np.maximum(h @ w2 + b2, 0)
    found = keras.ops.convert_to_numpy(engine().forward(model)(x))
    np.testing.assert_allclose(found, h @ w3 + b3, atol=1e-4)


def test_strided_convolutions_pad_both_sides_alike():
    from nnbench.models._convolution import convolution

    inputs = keras.Input((4, 4, 1))
    outputs = convolution(inputs, 1, 3, strides=2, padding=1, kernel_initializer="ones")
    found = engine().forward(keras.Model(inputs, outputs))(np.ones((1, 4, 4, 1), "float32"))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(found)[0, :, :, 0], [[4, 6], [6, 9]])


def test_option_a_takes_every_second_pixel_and_adds_zero_maps():
    from nnbench.models.resnet_cifar import shortcut

    inputs = keras.Input((5, 4, 2))
    x = samples(model := keras.Model(inputs, shortcut(inputs, 4, 2)))
    expected = np.pad(x[:, ::2, ::2], ((0, 0), (0, 0), (0, 0), (1, 1)))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(engine().forward(model)(x)), expected)
    assert not model.weights


@pytest.mark.parametrize("name", ["mlp_tiny", "cnn_tiny", "lstm_tiny", "gpt_tiny", "transformer_tiny", "mlp_gan_small"])
def test_logits_are_float32_in_mixed_precision(name):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = create_model(name)
    finally:
        keras.config.set_dtype_policy(before)
    outputs = engine().forward(model)(samples(model))
    assert keras.backend.standardize_dtype(outputs.dtype) == "float32"
    assert np.isfinite(keras.ops.convert_to_numpy(outputs)).all()


def test_tied_head_shares_the_embedding():
    model = create_model("gpt_tiny")
    assert [w.path for w in model.weights if 65 in w.shape] == ["embedding/embeddings"]
