"""Attacks on a linear classifier, where the optimum is known, and on trained small networks."""

import keras
import numpy as np
import pytest

from nnbench.attacks._attempts import Attempts
from nnbench.attacks._checks import PROBED
from nnbench.attacks._network import Network
from nnbench.attacks._noise import Noise
from nnbench.attacks._norms import NORMS
from nnbench.attacks._objectives import error_log_odds, error_log_odds_of
from nnbench.attacks.fast_gradient_sign import fgsm
from nnbench.attacks.projected_gradient import pgd
from nnbench.attacks.uniform_noise import noise
from nnbench.metrics.logits import cross_entropies

WIDE = (-100.0, 100.0)


def linear(weights):
    model = keras.Sequential([keras.Input((len(weights),)), keras.layers.Dense(weights.shape[1])])
    model.layers[-1].set_weights([weights.astype(np.float32), np.zeros(weights.shape[1], np.float32)])
    return model


def kernel(model):
    return keras.ops.convert_to_numpy(model.layers[-1].kernel.value)


@pytest.fixture(scope="module")
def halves():
    """Two classes on either side of a plane, and each sample's distance from it in both norms."""
    rng = np.random.default_rng(0)
    normal = rng.normal(size=8)
    x = rng.normal(size=(60, 8)).astype(np.float32)
    side = x @ normal
    model = linear(np.stack([-normal / 2, normal / 2], axis=1))
    distances = {"linf": np.abs(side) / np.abs(normal).sum(), "l2": np.abs(side) / np.linalg.norm(normal)}
    return model, x, (side > 0).astype(int), distances


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("attack", [fgsm, pgd])
def test_linear_models_are_fooled_exactly_where_the_plane_is_in_reach(halves, attack, norm):
    model, x, y, distances = halves
    epsilon = float(np.median(distances[norm]))
    result = attack(model, x, y, norm=norm, epsilon=epsilon, bounds=WIDE)
    clear = np.abs(distances[norm] / epsilon - 1) > 1e-4
    np.testing.assert_array_equal(result.success[clear], (distances[norm] < epsilon)[clear])
    assert result.clean_accuracy == 1
    assert result.reliable


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_linear_models_give_the_closed_form_optimum(halves, norm):
    model, x, y, _ = halves
    epsilon = 0.05
    # Each projection shrinks what of the random start is left along the sphere by ε / (ε + step).
    options = {"norm": norm, "epsilon": epsilon, "bounds": WIDE, "step_size": 10 * epsilon}
    result = pgd(model, x, y, **options, early_exit=False)
    normal = np.diff(kernel(model), axis=1)[:, 0]
    direction = np.sign(normal) if norm == "linf" else normal / np.linalg.norm(normal)
    expected = x - epsilon * np.where(y, 1, -1)[:, None] * direction
    # Near the optimum the loss is flat: float32 tells points apart to the square root of its precision.
    np.testing.assert_allclose(result.x_adv, expected, atol=1e-4)


@pytest.fixture(scope="module", params=["dense", "convolution", "recurrent"])
def trained(request):
    """A small network that tells three noisy bumps apart, with Dropout and BatchNormalization in it."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 400)
    bumps = np.exp(-((np.arange(12) - np.array([[2], [6], [10]])) ** 2) / 4)
    x = np.clip(0.2 + 0.5 * bumps[y] + 0.12 * rng.normal(size=(400, 12)), 0, 1).astype(np.float32)[..., None]
    keras.utils.set_random_seed(0)
    body = {
        "dense": [keras.layers.Flatten(), keras.layers.Dense(16, activation="relu")],
        "convolution": [keras.layers.Conv1D(8, 3, activation="relu"), keras.layers.Flatten()],
        "recurrent": [keras.layers.Reshape((4, 3)), keras.layers.GRU(12)],
    }[request.param]
    head = [keras.layers.BatchNormalization(momentum=0.5), keras.layers.Dropout(0.2), keras.layers.Dense(3)]
    model = keras.Sequential([keras.Input((12, 1)), *body, *head])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.02), loss)
    model.fit(x, y, batch_size=50, epochs=8, verbose=0)
    return model, x[:100], y[:100]


SETTINGS = {"linf": {"norm": "linf", "epsilon": 0.2}, "l2": {"norm": "l2", "epsilon": 0.7}}


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_attacks_fall_into_their_order_of_strength(trained, norm):
    model, x, y = trained
    options = SETTINGS[norm] | {"bounds": (0, 1)}
    random, single = noise(model, x, y, **options), pgd(model, x, y, **options, steps=20)
    # A single random start may end in a local optimum that the step from the sample itself avoids.
    several, step = pgd(model, x, y, **options, steps=20, restarts=5), fgsm(model, x, y, **options)
    assert several.robust_accuracy <= step.robust_accuracy < random.robust_accuracy
    assert several.robust_accuracy <= single.robust_accuracy < random.robust_accuracy - 0.4
    assert random.clean_accuracy > 0.9
    assert all(r.reliable for r in (random, step, single, several))


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_each_sample_goes_the_way_it_would_go_alone(trained, norm):
    """The plain algorithm, sample by sample, without compaction, padding or shared passes."""
    model, x, y = trained
    epsilon, steps = SETTINGS[norm]["epsilon"], 5
    together = pgd(model, x[:6], y[:6], norm=norm, epsilon=epsilon, bounds=(0, 1), steps=steps, seed=9)
    network = Network(model, x.shape[1:], 1)
    for i in range(6):
        origin, ball = x[i].reshape(1, -1), NORMS[norm]
        start = origin + epsilon * ball.inside(Noise(9), np.array([i]), 0, 12)
        path = [np.clip(start, 0, 1)]
        for _ in range(steps):
            gradient, _ = network.gradient(error_log_odds, path[-1].astype(np.float32), y[i : i + 1])
            moved = path[-1] + 2.5 * epsilon / steps * ball.steepest(gradient) - origin
            path.append(np.clip(origin + ball.project(moved, epsilon), 0, 1))
        logits = network.logits(np.concatenate(path).astype(np.float32))
        wrong = logits.argmax(axis=1) != y[i]
        best = wrong.argmax() if wrong.any() else error_log_odds_of(logits, np.repeat(y[i], steps + 1)).argmax()
        np.testing.assert_allclose(together.x_adv[i].ravel(), path[best][0], atol=1e-3)
        assert together.success[i] == wrong.any()


def test_batch_size_and_order_change_nothing(trained):
    model, x, y = trained
    options = SETTINGS["linf"] | {"bounds": (0, 1), "steps": 5, "seed": 3}
    whole = pgd(model, x, y, **options)
    for batch_size in (15, 1000):
        assert pgd(model, x, y, **options, batch_size=batch_size).robust_accuracy == whole.robust_accuracy
    first = pgd(model, x[:40], y[:40], **options)
    np.testing.assert_array_equal(first.success, whole.success[:40])


def test_seeds_repeat_and_differ(trained):
    model, x, y = trained
    options = SETTINGS["linf"] | {"bounds": (0, 1), "steps": 3, "early_exit": False}
    first, again = (pgd(model, x, y, **options, seed=1) for _ in range(2))
    np.testing.assert_array_equal(first.x_adv, again.x_adv)
    assert (pgd(model, x, y, **options, seed=2).x_adv != first.x_adv).any()


def test_state_is_left_alone(trained):
    model, x, y = trained
    before = [keras.ops.convert_to_numpy(v.value).copy() for v in model.variables]
    pgd(model, x, y, norm="linf", epsilon=0.1, bounds=(0, 1), steps=3)
    for old, variable in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(old, keras.ops.convert_to_numpy(variable.value))


def test_later_weights_are_those_attacked(trained):
    """The compiled passes are kept, so that they must not hold on to old weights."""
    model, x, y = trained
    options = SETTINGS["linf"] | {"bounds": (0, 1), "steps": 3}
    before = pgd(model, x, y, **options).clean_accuracy
    weights = model.get_weights()
    try:
        model.layers[-1].set_weights([np.zeros_like(w) for w in model.layers[-1].get_weights()])
        assert pgd(model, x, y, **options).clean_accuracy == pytest.approx((y == 0).mean())
    finally:
        model.set_weights(weights)
    assert pgd(model, x, y, **options).clean_accuracy == before


def test_fooled_samples_cost_nothing_more(trained):
    model, x, y = trained
    options = SETTINGS["linf"] | {"bounds": (0, 1), "steps": 10}
    early = pgd(model, x, y, **options)
    late = pgd(model, x, y, **options, early_exit=False)
    assert early.backwards < late.backwards
    attacked = round(len(x) * late.clean_accuracy)
    assert late.backwards == 10 * attacked + min(PROBED, attacked)
    assert early.robust_accuracy == late.robust_accuracy


def test_samples_that_are_wrong_already_stay_and_are_not_attacked(trained):
    model, x, y = trained
    result = pgd(model, x, (y + 1) % 3, norm="linf", epsilon=0.01, bounds=(0, 1), steps=2)
    assert result.clean_accuracy < 0.1
    unmoved = (result.x_adv == x).all(axis=(1, 2))
    assert unmoved.mean() >= 1 - result.clean_accuracy
    assert result.success[unmoved].all()
    assert result.backwards <= 3 * round(len(x) * result.clean_accuracy)


def test_batches_come_in_few_sizes(trained):
    model, x, _ = trained
    sizes = set()
    network = Network(model, x.shape[1:], 32)
    for n in range(1, 100):
        sizes.update(size for _, size in network._batches(n))
    assert sizes == {8, 16, 32}
    np.testing.assert_allclose(
        network.logits(x[:3].reshape(3, -1)), network.logits(x[:40].reshape(40, -1))[:3], atol=1e-5
    )


def test_attempts_keep_a_fooling_one_before_a_stronger_that_does_not():
    from types import SimpleNamespace

    x = np.zeros((1, 1))
    labels = np.array([0])
    problem = SimpleNamespace(x=x, attacked=np.array([True]))
    problem.loss = lambda logits, rows: error_log_odds_of(logits, labels[rows])
    problem.fooled = lambda logits, rows: (logits.argmax(1) != labels[rows]) & np.isfinite(logits).all(1)
    attempts = Attempts(problem)
    offers = [
        ([5.0, 4.9, 4.9], 1.0),  # not fooled, loss log 2 − .1
        ([5.0, 5.1, -9.0], 2.0),  # fooled, of lower loss
        ([5.0, 4.95, 4.95], 3.0),  # not fooled any more
        ([5.0, 6.0, -9.0], 4.0),  # fooled, of the highest loss
        ([np.nan, 6.0, 7.0], 5.0),  # not a number
    ]
    kept = []
    for logits, value in offers:
        attempts.offer(np.array([0]), np.full((1, 1), value), np.array([logits]))
        kept.append(attempts.x.item())
    assert kept == [1, 2, 2, 4, 4]
    assert attempts.flags == {"non-finite logits"}


def test_the_objective_is_the_cross_entropy_in_another_scale():
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(9, 5)).astype(np.float32), rng.integers(0, 5, 9)
    values = keras.ops.convert_to_numpy(error_log_odds(keras.ops.convert_to_tensor(logits), labels))
    np.testing.assert_allclose(values, error_log_odds_of(logits, labels), atol=1e-5)
    np.testing.assert_allclose(np.logaddexp(0, values), cross_entropies(logits, labels), atol=1e-5)


def test_gradients_do_not_vanish_for_confident_models(halves):
    """The cross-entropy's gradient is 0 in float32 for logits 400 apart."""
    model, x, y, distances = halves
    sure = linear(kernel(model) * 400)
    options = {"norm": "linf", "epsilon": 1.01 * float(distances["linf"].max()), "bounds": WIDE}
    result = pgd(sure, x, y, **options)
    assert result.robust_accuracy == 0
    assert result.flags == ()
