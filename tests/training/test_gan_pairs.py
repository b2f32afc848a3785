"""Training of conditional, packing and penalised GANs."""

import numpy as np
import pytest

from nnbench.core.adversarial import AdversarialObjective
from nnbench.core.catalog import create_networks, model_info
from nnbench.core.dataset import Split
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.recipe import Recipe
from nnbench.training.adversarial import fit_adversarial, latent_noise
from nnbench.training.pairs import Pair

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

RECIPE = Recipe(learning_rate=2e-3, optimizer_options={"beta_1": 0.5}, batch_size=32, epochs=2)
ADAM = {"beta_1": 0.5, "beta_2": 0.9}


def split(shape, n=64, classes=3):
    rng = np.random.default_rng(0)
    return Split(rng.uniform(0, 1, (n, *shape)).astype("float32"), rng.integers(0, classes, n))


def networks(name, **options):
    keras.utils.set_random_seed(0)
    found = create_networks(name, **options)
    return found["generator"], found["discriminator"]


@pytest.mark.parametrize("name", ["cgan_tiny", "sngan_tiny", "wgan_gp_tiny", "pacgan_tiny"])
def test_every_kind_of_pair_is_trained_on_its_own_objective(name):
    pair = networks(name)
    before = [[np.array(w) for w in n.get_weights()] for n in pair]
    info = model_info(name)
    record = fit_adversarial(*pair, split(info.input_shape), RECIPE, objective=info.objective, seed=0)
    assert {key: len(curve) for key, curve in record.curves.items()} == {"discriminator_loss": 2, "generator_loss": 2}
    for network, old in zip(pair, before, strict=True):
        # The bias of the last layer moves real and generated logits alike, which some losses do not see.
        for weight, a, b in zip(network.weights, network.get_weights(), old, strict=True):
            assert weight.name != "kernel" or (a != b).any(), weight.path


def dense_pair(pac=1):
    dense, shape = keras.layers.Dense, (2,) if pac == 1 else (pac, 2)
    keras.utils.set_random_seed(0)
    generator = keras.Sequential([keras.Input((3,)), dense(16, activation="relu"), dense(2)])
    layers = [keras.Input(shape), keras.layers.Flatten(), dense(16, activation="relu"), dense(1)]
    return generator, keras.Sequential(layers)


def points(n=128, mean=3.0):
    x = np.random.default_rng(0).normal(mean, 0.1, size=(n, 2)).astype("float32")
    return Split(x, np.zeros(n, int))


@pytest.mark.parametrize(
    ("objective", "pac"),
    [
        (AdversarialObjective("hinge"), 1),
        (AdversarialObjective("wasserstein", 5, 1.0), 1),
        (AdversarialObjective("non_saturating"), 2),
        (AdversarialObjective("wasserstein", 5, 1.0), 4),
    ],
)
def test_the_generator_moves_to_the_data(objective, pac):
    generator, discriminator = dense_pair(pac)
    noise = latent_noise(generator, 500, seed=1)
    before = distance(generator, noise)
    recipe = Recipe(learning_rate=1e-2, optimizer_options=ADAM, batch_size=32, epochs=20)
    fit_adversarial(generator, discriminator, points(), recipe, objective=objective, seed=0)
    assert distance(generator, noise) < 0.8 * before


def distance(generator, noise):
    """Return how far the mean of what is made lies from that of `points`."""
    return np.abs(np.asarray(keras.ops.convert_to_numpy(generator(noise))).mean(0) - 3).mean()


@pytest.mark.parametrize(("samples", "steps", "rounds"), [(320, 5, 2), (320, 4, 3), (96, 5, 1)])
def test_the_generator_steps_after_so_many_and_at_the_end_of_an_epoch(samples, steps, rounds):
    """By plain gradient descent, a critic of slope 16 moves the generator's bias by 16 times the rate per step."""
    generator, discriminator = dense_pair()
    discriminator.set_weights([np.ones((2, 16)), np.full(16, 100.0), np.ones((16, 1)), np.zeros(1)])
    before = generator.get_weights()[-1].copy()
    calls = []
    recipe = Recipe(optimizer="sgd", learning_rate=1e-6, batch_size=32, epochs=1)
    fit_adversarial(
        generator,
        discriminator,
        points(samples),
        recipe,
        objective=AdversarialObjective("wasserstein", steps),
        seed=0,
        on_epoch=lambda *done: calls.append(done),
    )
    moved = generator.get_weights()[-1] - before
    np.testing.assert_allclose(moved, rounds * 16 * 1e-6, rtol=0.05)
    assert calls == [(1, 1)]


def test_a_conditional_generator_learns_what_the_labels_mean():
    keras.utils.set_random_seed(0)
    noise, label, sample = (keras.Input((n,)) for n in (3, 2, 2))
    dense, join = keras.layers.Dense, keras.layers.Concatenate
    generator = keras.Model([noise, label], dense(2)(dense(16, activation="relu")(join()([noise, label]))))
    discriminator = keras.Model([sample, label], dense(1)(dense(32, activation="relu")(join()([sample, label]))))
    y = np.arange(256) % 2
    x = np.random.default_rng(0).normal(0, 0.1, (256, 2)).astype("float32") + np.where(y, 2, -2)[:, None]
    recipe = Recipe(learning_rate=1e-2, optimizer_options={"beta_1": 0.5}, batch_size=64, epochs=40)
    fit_adversarial(generator, discriminator, Split(x.astype("float32"), y), recipe, seed=0)
    made = []
    for k in (0, 1):
        z = latent_noise(generator, 200, seed=1, labels=np.array([k]))
        made.append(np.asarray(keras.ops.convert_to_numpy(generator(z))).mean())
    assert made[1] - made[0] > 1


def test_conditional_noise_comes_with_one_hot_labels():
    generator, _ = networks("cgan_tiny")
    noise, labels = latent_noise(generator, 500, seed=0)
    assert (noise.shape, labels.shape) == ((500, 16), (500, 10))
    assert (labels.sum(1) == 1).all()
    assert (labels.sum(0) > 20).all()
    _, labels = latent_noise(generator, 500, seed=0, labels=np.array([2, 2, 7]))
    assert set(labels.argmax(1)) == {2, 7}
    np.testing.assert_array_equal(labels, latent_noise(generator, 500, seed=0, labels=np.array([2, 2, 7]))[1])


def test_a_label_that_the_gan_does_not_know_is_named():
    pair = networks("cgan_tiny", classes=3)
    data = split((8, 8, 1), classes=3)
    wrong = Split(data.x, np.where(np.arange(len(data)) == 5, 3, data.y))
    with pytest.raises(ArgumentError, match="labels must lie from 0 to 2 for this GAN. Received: 3"):
        fit_adversarial(*pair, wrong, RECIPE, seed=0)


@pytest.mark.parametrize(("wanted", "available", "size"), [(100, 1000, 99), (100, 50, 48), (3, 3, 3)])
def test_batches_are_whole_packs(wanted, available, size):
    assert Pair(*dense_pair(3)).batch_size(wanted, available) == size


def test_a_batch_below_a_pack_is_refused():
    with pytest.raises(
        ArgumentError, match="batch_size and the training samples must be at least 4.*Received: 32 and 3"
    ):
        fit_adversarial(*dense_pair(4), points(3), RECIPE, seed=0)


def test_networks_that_do_not_fit_together_are_refused():
    dense = keras.layers.Dense
    other = keras.Sequential([keras.Input((5,)), dense(1)])
    with pytest.raises(
        ArgumentError, match=r"discriminator must read the generator's samples \(2,\). Received: \(5,\)"
    ):
        Pair(dense_pair()[0], other)
    with pytest.raises(ArgumentError, match=r"discriminator must read the generator's labels \(10\). Received: none"):
        Pair(networks("cgan_tiny")[0], keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), dense(1)]))
    inputs = [keras.Input((2,)) for _ in range(3)]
    three = keras.Model(inputs, dense(2)(keras.layers.Add()(inputs)), name="three")
    with pytest.raises(ArgumentError, match="three must read labels at most, beside its input. Received: 2 more"):
        Pair(three, dense_pair()[1])
