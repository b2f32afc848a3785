"""The noise, the loss and the sampling of DDPM."""

import numpy as np
import pytest

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.runtime.engine import engine
from nnbench.training.diffusion import (
    NoiseSchedule,
    denoising_loss,
    denoising_objective,
    diffuse,
    linear_schedule,
    posterior_mean,
    sample,
)

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def test_the_published_schedule():
    schedule = linear_schedule()
    assert schedule.steps == 1000
    assert (schedule.betas[0], schedule.betas[-1]) == (1e-4, 0.02)
    assert schedule.kept[-1] == pytest.approx(4.0358e-5, rel=1e-4)
    bits = -0.5 * np.log(1 - schedule.kept[-1]) / np.log(2)  # of the prior's divergence, at most 1e-5 per dimension
    assert bits < 1e-4


@pytest.mark.parametrize("betas", [np.array([]), np.array([0.0, 0.1]), np.array([0.5, 1.0]), np.full((2, 2), 0.1)])
def test_a_schedule_refuses_what_is_no_variance(betas):
    with pytest.raises(ArgumentError, match=r"betas must be \(T,\) within 0 and 1.*Received: "):
        NoiseSchedule(betas)


def test_diffusion_in_one_go_equals_diffusion_step_by_step():
    schedule = linear_schedule(20, 0.01, 0.3)
    rng, x = np.random.default_rng(0), np.full((20_000, 1), 0.8)
    steps = x.copy()
    for beta in schedule.betas:
        steps = np.sqrt(1 - beta) * steps + np.sqrt(beta) * rng.normal(size=x.shape)
    noise, t = rng.normal(size=x.shape).astype("float32"), np.full(len(x), 19, "int32")
    once = np.asarray(keras.ops.convert_to_numpy(diffuse(x.astype("float32"), noise, t, schedule)))
    assert once.mean() == pytest.approx(steps.mean(), abs=0.03)
    assert once.std() == pytest.approx(steps.std(), abs=0.03)


def test_each_image_is_mixed_as_its_own_timestep_says():
    schedule = linear_schedule(10)
    x, noise = np.ones((3, 2, 2, 1), "float32"), np.full((3, 2, 2, 1), 2.0, "float32")
    found = np.asarray(keras.ops.convert_to_numpy(diffuse(x, noise, np.array([0, 9, 4]), schedule)))
    kept = schedule.kept[[0, 9, 4]]
    expected = np.sqrt(kept) + 2 * np.sqrt(1 - kept)
    np.testing.assert_allclose(found, np.broadcast_to(expected[:, None, None, None], found.shape), rtol=1e-5)


def test_the_loss_is_the_mean_squared_error():
    predicted, noise = (np.array(v, "float32") for v in ([[1.0, 2.0]], [[0.0, 5.0]]))
    assert float(denoising_loss(*map(keras.ops.convert_to_tensor, (predicted, noise)))) == pytest.approx(5)


def test_the_posterior_mean_is_bayes_rule():
    """x_{t−1} is normal around √ᾱ·x₀, and x_t around √(1−β)·x_{t−1}: precisions add."""
    schedule, t = linear_schedule(10, 0.05, 0.4), 6
    rng = np.random.default_rng(0)
    start, noise = rng.uniform(-0.9, 0.9, (5, 3)), rng.normal(size=(5, 3))
    kept, before, beta = schedule.kept[t], schedule.kept[t - 1], schedule.betas[t]
    x = np.sqrt(kept) * start + np.sqrt(1 - kept) * noise
    precisions = 1 / (1 - before), (1 - beta) / beta
    weighted = precisions[0] * np.sqrt(before) * start + precisions[1] * x / np.sqrt(1 - beta)
    np.testing.assert_allclose(posterior_mean(x, noise, t, schedule), weighted / sum(precisions), rtol=1e-6)
    np.testing.assert_allclose(
        posterior_mean(x, 10 * noise, 0, schedule).clip(-1, 1), posterior_mean(x, 10 * noise, 0, schedule)
    )


class Oracle(keras.layers.Layer):
    """Predicts the noise exactly, for data that is always the same image."""

    def __init__(self, image, schedule):
        super().__init__()
        self.image, self.schedule = image, schedule

    def call(self, x, timestep):
        kept = keras.ops.take(self.schedule.kept.astype("float32"), timestep)[:, None]
        return (x - keras.ops.sqrt(kept) * keras.ops.convert_to_tensor(self.image)) / keras.ops.sqrt(1 - kept)


def test_sampling_with_the_true_noise_gives_the_data():
    image, schedule = np.array([0.5, -0.25, 0.75], "float32"), linear_schedule(30, 0.01, 0.3)
    x, t = keras.Input((3,)), keras.Input((), dtype="int32")
    oracle = keras.Model([x, t], Oracle(image, schedule)(x, t))
    drawn = sample(oracle, schedule, 4, seed=0)
    np.testing.assert_allclose(drawn, np.broadcast_to(image, (4, 3)), atol=1e-3)


def test_a_denoiser_learns_and_its_samples_come_near_the_data():
    """The best guess of the noise around one value is linear in x, with a slope and an offset per timestep."""
    keras.utils.set_random_seed(0)
    schedule = linear_schedule(25, 0.01, 0.3)
    x, t = keras.Input((1,)), keras.Input((), dtype="int32")
    step_of = keras.ops.one_hot(t, 25)
    slope, offset = (keras.layers.Dense(1, use_bias=False)(step_of) for _ in range(2))
    model = keras.Model([x, t], keras.layers.Add()([keras.layers.Multiply()([slope, x]), offset]))
    step = engine().training_step(denoising_objective(model, schedule), model, [], keras.optimizers.Adam(0.1))
    rng, losses = np.random.default_rng(0), []
    for _ in range(300):
        data, noise = rng.normal(0.5, 0.05, (128, 1)), rng.normal(size=(128, 1))
        timestep = rng.integers(0, 25, 128).astype("int32")
        losses.append(float(step(data.astype("float32"), noise.astype("float32"), timestep)))
    assert np.mean(losses[-30:]) < 0.7 * np.mean(losses[:10])
    drawn = sample(model, schedule, 200, seed=1)
    assert drawn.mean() == pytest.approx(0.5, abs=0.1)
    assert drawn.std() < 0.25
    np.testing.assert_allclose(drawn, sample(model, schedule, 200, seed=1), atol=1e-6)
