"""The autoencoder, the variational one and its bound, and the rule of ADALINE."""

import itertools
import math

import numpy as np
import pytest

from nnbench.core.catalog import create_model, create_networks, model_info
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.interop.surgery import feature_extractor
from nnbench.models.adaline import least_mean_squares
from nnbench.models.autoencoder import parts
from nnbench.models.vae import divergence, evidence_lower_bound, sampled_latents
from nnbench.runtime.abstract import without_values
from nnbench.runtime.engine import engine
from nnbench.testing.models import samples

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def array(tensor):
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def tensors(*arrays):
    return [keras.ops.convert_to_tensor(np.asarray(a, "float32")) for a in arrays]


# variant, units from the data to the code as the paper writes them, what follows the last layer
PUBLISHED = [
    ("autoencoder", (784, 1000, 500, 250, 30), "sigmoid"),
    ("autoencoder_2d", (784, 1000, 500, 250, 2), "sigmoid"),
    ("autoencoder_curves", (784, 400, 200, 100, 50, 25, 6), "sigmoid"),
    ("autoencoder_faces", (625, 2000, 1000, 500, 30), None),
    ("autoencoder_documents", (2000, 500, 250, 125, 10), "softmax"),
    ("autoencoder_documents_2d", (2000, 500, 250, 125, 2), "softmax"),
]


@pytest.mark.parametrize(("name", "units", "output"), PUBLISHED)
def test_published_autoencoder(name, units, output):
    with without_values():
        model = create_model(name)
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    hidden = ["sigmoid"] * (len(units) - 2)
    assert [layer.units for layer in dense] == [*units[1:], *units[-2::-1]]
    assert [layer.activation.__name__ for layer in dense] == [*hidden, "linear", *hidden, "linear"]
    last = [layer.activation.__name__ for layer in model.layers if isinstance(layer, keras.layers.Activation)]
    assert last == ([output] if output else [])
    # Each pair of neighbours has two kernels, and a bias for each of its ends.
    expected = sum(2 * below * above + below + above for below, above in itertools.pairwise(units))
    assert sum(math.prod(w.shape) for w in model.weights) == model_info(name).parameters == expected


@pytest.mark.parametrize("shape", [(8, 8, 1), (6, 5), (12,)])
def test_an_autoencoder_gives_what_it_reads(shape):
    model = create_model("autoencoder_tiny", input_shape=shape)
    made = array(engine().forward(model)(samples(model)))
    assert made.shape == (4, *shape)
    assert made.min() > 0
    assert made.max() < 1


def test_a_softmax_gives_shares_of_all_values():
    model = create_model("autoencoder_tiny", output="softmax")
    made = array(engine().forward(model)(samples(model)))
    assert made.shape == (4, 8, 8, 1)
    np.testing.assert_allclose(made.sum((1, 2, 3)), 1, atol=1e-5)


def test_linear_outputs_are_the_logits():
    model = create_model("autoencoder_tiny", output="linear")
    x = samples(model)
    logits = array(engine().forward(feature_extractor(model, "logits"))(x))
    np.testing.assert_allclose(array(engine().forward(model)(x)).reshape(4, -1), logits, atol=1e-6)


def test_the_halves_of_an_autoencoder_share_its_weights():
    model = create_model("autoencoder_tiny")
    halves = parts(model)
    x = samples(model)
    model.get_layer("features").bias.assign(np.arange(4, dtype="float32"))
    code = array(engine().forward(halves["encoder"])(x))
    assert code.shape == (4, 4)
    made = array(engine().forward(halves["decoder"])(code))
    np.testing.assert_allclose(made, array(engine().forward(model)(x)), atol=1e-6)


def test_an_autoencoder_learns_to_copy():
    keras.utils.set_random_seed(0)
    model = create_model("autoencoder_tiny", input_shape=(4,))
    x = np.eye(4, dtype="float32")

    def loss(x, targets):
        return keras.ops.mean(keras.losses.binary_crossentropy(targets, model(x, training=True)))

    step = engine().training_step(loss, model, [], keras.optimizers.Adam(0.05))
    first, *_, last = [float(array(step(x, x))) for _ in range(100)]
    assert last < 0.2 < first


@pytest.mark.parametrize(
    ("name", "options", "text"),
    [
        ("autoencoder", {"output": "tanh"}, "output must be one of logistic, softmax, linear"),
        ("autoencoder", {"classes": 10}, "classes must be None"),
        ("vae", {"classes": 10}, "classes must be None"),
    ],
)
def test_the_error_names_the_argument_and_what_came(name, options, text):
    with pytest.raises(ArgumentError, match=rf"{text}.*Received: "):
        create_networks(name, **options)


def test_published_vae():
    networks = create_networks("vae")
    assert list(networks) == ["decoder", "encoder"]
    assert networks["decoder"].input_shape == (None, 20)
    assert networks["decoder"].output_shape == (None, 28, 28, 1)
    assert networks["encoder"].output_shape == (None, 40)
    kernel = array(networks["decoder"].get_layer("decoder_hidden").kernel.value)
    assert kernel.shape == (20, 500)
    assert kernel.std() == pytest.approx(0.01, rel=0.05)


def test_the_divergence_of_normal_distributions():
    mean, deviation = np.array([[0.5, -1.0]]), np.array([[1.5, 0.2]])
    (moments,) = tensors(np.concatenate([mean, 2 * np.log(deviation)], -1))
    # E_q[log q − log p] by quadrature, each latent alone.
    z = np.linspace(-12, 12, 200_001)[:, None]
    log_q = -((z - mean) ** 2) / (2 * deviation**2) - np.log(deviation)
    expected = ((np.exp(log_q) * (log_q + z**2 / 2)).sum() * (z[1, 0] - z[0, 0])) / np.sqrt(2 * np.pi)
    assert array(divergence(moments))[0] == pytest.approx(expected, rel=1e-4)
    assert array(divergence(keras.ops.zeros((3, 4)))).tolist() == [0, 0, 0]


def test_the_bound_is_likelihood_less_divergence():
    rng = np.random.default_rng(0)
    x, logits = rng.uniform(size=(3, 2, 2)), rng.normal(size=(3, 4))
    moments = rng.normal(size=(3, 6))
    p = 1 / (1 + np.exp(-logits))
    flat = x.reshape(3, 4)
    expected = (flat * np.log(p) + (1 - flat) * np.log(1 - p)).sum(-1) - array(divergence(*tensors(moments)))
    np.testing.assert_allclose(array(evidence_lower_bound(*tensors(x, logits, moments))), expected, rtol=1e-5)


def test_latents_have_the_encoders_moments():
    noise = np.random.default_rng(0).normal(size=(20_000, 2))
    moments = np.tile([[1.0, -2.0, np.log(4.0), np.log(0.25)]], (20_000, 1))
    latents = array(sampled_latents(*tensors(moments, noise)))
    np.testing.assert_allclose(latents.mean(0), [1, -2], atol=0.05)
    np.testing.assert_allclose(latents.std(0), [2, 0.5], rtol=0.05)


def test_training_raises_the_bound():
    keras.utils.set_random_seed(0)
    networks = create_networks("vae_tiny")
    logits = feature_extractor(networks["decoder"], "logits")
    joint = keras.Model(
        [networks["encoder"].input, networks["decoder"].input], [networks["encoder"].output, logits.output]
    )

    def loss(x, noise):
        moments = networks["encoder"](x)
        return -keras.ops.mean(evidence_lower_bound(x, logits(sampled_latents(moments, noise)), moments))

    rng = np.random.default_rng(0)
    x = (rng.uniform(size=(32, 8, 8, 1)) < np.linspace(0, 1, 8)[:, None]).astype("float32")
    step = engine().training_step(loss, joint, [], keras.optimizers.Adam(0.01))
    first, *_, last = [float(array(step(x, rng.normal(size=(32, 4)).astype("float32")))) for _ in range(60)]
    assert first == pytest.approx(64 * np.log(2), rel=0.02)
    assert last < 0.75 * first


def test_adaline_moves_by_the_delta_rule():
    model = create_model("adaline")
    x, labels = samples(model, 1), np.array([1])
    kernel, bias = (array(w.value).copy() for w in model.weights)

    def loss(x, labels):
        return keras.ops.mean(least_mean_squares(labels, model(x)))

    engine().training_step(loss, model, [], keras.optimizers.SGD(0.1))(x, labels)
    error = np.array([[-1.0, 1.0]]) - (x @ kernel + bias)
    new_kernel, new_bias = (array(w.value) for w in model.weights)
    np.testing.assert_allclose(new_kernel, kernel + 0.1 * x.T @ error, atol=1e-6)
    np.testing.assert_allclose(new_bias, bias + 0.1 * error[0], atol=1e-6)


def test_least_mean_squares_is_a_keras_loss():
    model = create_model("adaline")
    model.compile(optimizer="sgd", loss=least_mean_squares)
    x, labels = samples(model, 8), np.arange(8) % 2
    logits = array(engine().forward(model)(x))
    expected = np.square(np.eye(2)[labels] * 2 - 1 - logits).mean()
    assert model.evaluate(x, labels, verbose=0) == pytest.approx(expected, rel=1e-5)
