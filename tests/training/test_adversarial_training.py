"""Training a generator against a discriminator."""

import numpy as np
import pytest

from nnbench.core.dataset import Split
from nnbench.core.errors import DivergedError
from nnbench.core.lazy import keras
from nnbench.core.recipe import Recipe
from nnbench.training.adversarial import fit_adversarial, latent_noise

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

RECIPE = Recipe(learning_rate=5e-3, optimizer_options={"beta_1": 0.5}, batch_size=32, epochs=3)


def networks(activation="relu"):
    keras.utils.set_random_seed(0)
    dense = keras.layers.Dense
    generator = keras.Sequential([keras.Input((3,)), dense(16, activation=activation), dense(2)])
    discriminator = keras.Sequential([keras.Input((2,)), dense(16, activation=activation), dense(1)])
    return generator, discriminator


def shifted_points(n=128, mean=3.0):
    x = np.random.default_rng(0).normal(mean, 0.1, size=(n, 2)).astype("float32")
    return Split(x, np.zeros(n, int))


def test_both_networks_change():
    pair = networks()
    before = [n.get_weights() for n in pair]
    fit_adversarial(*pair, shifted_points(), RECIPE, seed=0)
    for network, old in zip(pair, before, strict=True):
        assert all((a != b).any() for a, b in zip(network.get_weights(), old, strict=True))


def test_the_generator_moves_to_the_data():
    generator, discriminator = networks()
    noise = latent_noise(generator, 500, seed=1)
    split = shifted_points()
    before = np.abs(np.asarray(keras.ops.convert_to_numpy(generator(noise))).mean(0) - 3).mean()
    fit_adversarial(generator, discriminator, split, Recipe(learning_rate=1e-2, batch_size=32, epochs=16), seed=0)
    after = np.abs(np.asarray(keras.ops.convert_to_numpy(generator(noise))).mean(0) - 3).mean()
    assert after < 0.6 * before


def test_the_record_has_a_value_per_epoch_and_times_by_phase():
    seen = []
    record = fit_adversarial(*networks(), shifted_points(100), RECIPE, seed=0, on_epoch=lambda *done: seen.append(done))
    assert {name: len(curve) for name, curve in record.curves.items()} == {
        "discriminator_loss": 3,
        "generator_loss": 3,
    }
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert all(record.seconds[phase] > 0 for phase in ("first_step", "warmup", "steady"))
    assert record.steady_samples == 2 * 96  # whole batches of 32


def test_an_untrained_discriminator_starts_at_twice_log_two():
    """At D = 0 everywhere, the losses are 2 log 2 and log 2 (Goodfellow et al. 2014)."""
    generator, discriminator = networks()
    last = discriminator.layers[-1]
    last.kernel.assign(0 * last.kernel)
    frozen = Recipe(optimizer="sgd", learning_rate=0.0, batch_size=32, epochs=1)
    record = fit_adversarial(generator, discriminator, shifted_points(), frozen, seed=0)
    assert record.curves["discriminator_loss"][0] == pytest.approx(2 * np.log(2), rel=1e-6)
    assert record.curves["generator_loss"][0] == pytest.approx(np.log(2), rel=1e-6)


def test_the_same_seed_repeats_the_training():
    runs = []
    for seed in (4, 4, 5):
        generator, discriminator = networks()
        record = fit_adversarial(generator, discriminator, shifted_points(), RECIPE, seed=seed)
        runs.append((generator.get_weights(), record.curves))
    assert runs[0][1] == runs[1][1]
    for a, b in zip(runs[0][0], runs[1][0], strict=True):
        np.testing.assert_array_equal(a, b)
    assert runs[0][1] != runs[2][1]


def test_fewer_samples_than_a_batch_are_one_batch():
    record = fit_adversarial(*networks(), shifted_points(10), RECIPE, seed=0)
    assert record.steady_samples == 2 * 10


def test_a_loss_that_is_not_finite_ends_the_training():
    broken = Split(np.full((64, 2), np.nan, "float32"), np.zeros(64, int))
    with pytest.raises(DivergedError, match="discriminator_loss became nan in epoch 1"):
        fit_adversarial(*networks("tanh"), broken, RECIPE, seed=0)


def test_weights_that_are_not_finite_are_seen_behind_a_finite_loss():
    """A compiled ReLU may turn NaN into 0."""
    broken = Split(np.full((64, 2), np.nan, "float32"), np.zeros(64, int))
    with pytest.raises(DivergedError, match="became nan in epoch 1|kernel is not finite after the training"):
        fit_adversarial(*networks("relu"), broken, RECIPE, seed=0)


def test_latent_noise_repeats_by_seed_and_is_standard_normal():
    generator, _ = networks()
    noise = latent_noise(generator, 4000, seed=3)
    np.testing.assert_array_equal(noise, latent_noise(generator, 4000, seed=3))
    assert (noise != latent_noise(generator, 4000, seed=4)).any()
    assert noise.shape == (4000, 3)
    assert abs(noise.mean()) < 0.05
    assert noise.std() == pytest.approx(1, abs=0.05)
