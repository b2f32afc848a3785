"""The losses of GANs at hand-computed values, and the penalty on a critic's slope."""

import numpy as np
import pytest

from nnbench.core.adversarial import ADVERSARIAL_LOSSES, AdversarialObjective
from nnbench.core.catalog import list_models, model_info
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.runtime.engine import engine
from nnbench.training.objectives import LOSSES, adversarial_loss
from nnbench.training.objectives.gradient_penalty import gradient_penalty

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

REAL = np.array([[2.0], [-1.0]], "float32")
FAKE = np.array([[0.5], [-3.0]], "float32")
LOG2 = np.log(2)


def softplus(x):
    return np.log1p(np.exp(x))


# loss, discriminator's at REAL and FAKE, generator's at FAKE, both where all logits are 0
EXPECTED = [
    ("non_saturating", softplus(-REAL).mean() + softplus(FAKE).mean(), softplus(-FAKE).mean(), 2 * LOG2, LOG2),
    ("hinge", (0 + 2) / 2 + (1.5 + 0) / 2, 1.25, 2, 0),
    ("wasserstein", -1.25 - 0.5, 1.25, 0, 0),
]


@pytest.mark.parametrize(("name", "discriminator", "generator", "blind_discriminator", "blind_generator"), EXPECTED)
def test_value(name, discriminator, generator, blind_discriminator, blind_generator):
    loss = adversarial_loss(name)
    assert float(loss.discriminator_loss(*tensors(REAL, FAKE))) == pytest.approx(discriminator, rel=1e-5)
    assert float(loss.generator_loss(*tensors(FAKE))) == pytest.approx(generator, rel=1e-5)
    nothing = tensors(0 * REAL, 0 * FAKE)
    assert float(loss.discriminator_loss(*nothing)) == pytest.approx(blind_discriminator, abs=1e-6)
    assert float(loss.generator_loss(nothing[0])) == pytest.approx(blind_generator, abs=1e-6)


@pytest.mark.parametrize("name", ADVERSARIAL_LOSSES)
def test_higher_logits_mean_real(name):
    loss = adversarial_loss(name)
    told, confused = tensors(np.full((2, 1), 0.5, "float32"), np.full((2, 1), -0.5, "float32"))
    assert float(loss.discriminator_loss(told, confused)) < float(loss.discriminator_loss(confused, told))
    assert float(loss.generator_loss(told)) < float(loss.generator_loss(confused))


def tensors(*arrays):
    return [keras.ops.convert_to_tensor(a) for a in arrays]


def test_every_name_has_a_loss_and_no_other():
    assert tuple(LOSSES) == ADVERSARIAL_LOSSES
    with pytest.raises(ArgumentError, match="name must be one of non_saturating, hinge, wasserstein. Received: 'mse'"):
        adversarial_loss("mse")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"loss": "mse"}, "loss must be one of non_saturating, hinge, wasserstein. Received: 'mse'"),
        ({"discriminator_steps": 0}, "discriminator_steps must be at least 1. Received: 0"),
        ({"gradient_penalty": -1.0}, "gradient_penalty must not be negative. Received: -1.0"),
    ],
)
def test_an_objective_refuses_what_cannot_be(options, text):
    with pytest.raises(ArgumentError, match=text):
        AdversarialObjective(**options)


def test_every_gan_names_its_objective_and_nothing_else_does():
    for name in list_models():
        info = model_info(name)
        assert (info.objective is not None) == (info.family == "gan"), name
    assert model_info("sngan_32").objective == AdversarialObjective("hinge", discriminator_steps=5)
    assert model_info("wgan_gp_32").objective == AdversarialObjective("wasserstein", 5, 10.0)
    assert model_info("pacgan4").objective == AdversarialObjective("non_saturating")


def test_the_penalty_is_the_squared_distance_of_the_slope_from_one():
    """The critic of slope (3, 4) is 5 steep everywhere; that of |x|² is steep by twice the distance from 0."""
    weights = np.array([[3.0], [4.0]], "float32")
    real, fake = np.zeros((4, 2), "float32"), np.ones((4, 2), "float32")
    assert penalty(lambda x: keras.ops.matmul(x, weights), real, fake) == pytest.approx(16, rel=1e-5)
    mix = np.array([0.0, 0.25, 0.5, 1.0])
    expected = np.mean((2 * np.sqrt(2) * (1 - mix) - 1) ** 2)
    assert penalty(lambda x: keras.ops.sum(x**2, -1), real, fake) == pytest.approx(expected, rel=1e-4)


def penalty(critic, real, fake):
    dummy = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])

    def loss(real, fake, mix):
        return gradient_penalty(critic, real, fake, mix) + 0.0 * keras.ops.sum(dummy(real))

    mix = np.array([0.0, 0.25, 0.5, 1.0], "float32")
    return float(engine().training_step(loss, dummy, [], keras.optimizers.SGD(0.0))(real, fake, mix))


def test_the_penalty_of_images_runs_over_all_their_pixels():
    """A critic that adds up 12 pixels has slope √12."""
    dummy = keras.Sequential([keras.Input((2, 2, 3)), keras.layers.Flatten(), keras.layers.Dense(1, use_bias=False)])
    dummy.set_weights([np.ones((12, 1))])

    def loss(real, fake, mix):
        return gradient_penalty(lambda x: dummy(x, training=False), real, fake, mix)

    x = np.random.default_rng(0).normal(size=(2, 5, 2, 2, 3)).astype("float32")
    step = engine().training_step(loss, dummy, [], keras.optimizers.SGD(0.1))
    first, *_, last = (float(step(x[0], x[1], np.full(5, 0.5, "float32"))) for _ in range(20))
    assert first == pytest.approx((np.sqrt(12) - 1) ** 2, rel=1e-5)
    assert last < 0.01
