"""Training on attacked batches: what is minimised, what stays untouched, and that it makes nets robust."""

import numpy as np
import pytest

from nnbench.core.dataset import Split
from nnbench.core.errors import ArgumentError, DivergedError
from nnbench.core.lazy import keras
from nnbench.core.recipe import Recipe
from nnbench.core.robust_training import METHODS, RobustTraining
from nnbench.training.robust.ball import NORMS, Ball
from nnbench.training.robust.batches import AttackedBatches
from nnbench.training.robust.early_stopping import CollapseWatch
from nnbench.training.robust.loop import fit_attacked
from nnbench.training.robust.losses import cross_entropies, divergences
from nnbench.training.robust.madry import start
from nnbench.training.robust.methods import schedule
from nnbench.training.robust.public import fit_robust

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

BOUNDS = (-6.0, 6.0)
STILL = Recipe(optimizer="sgd", learning_rate=0.0, batch_size=64, epochs=1, shuffle=False)
WEAK = 20


def two_kinds_of_feature(n=512, seed=0):
    """One feature that tells the class by ±1 for 19 in 20 samples, and many that each do a little (Tsipras et al.)."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    sign = 2.0 * y - 1
    strong = sign * np.where(rng.random(n) < 0.95, 1, -1)
    weak = 0.5 * sign[:, None] + rng.normal(size=(n, WEAK))
    return np.clip(np.column_stack([2 * strong, weak]), *BOUNDS).astype("float32"), y


def linear(kernel=None, features=WEAK + 1):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((features,)), keras.layers.Dense(2)])
    if kernel is not None:
        model.layers[-1].set_weights([np.asarray(kernel, "float32"), np.zeros(2, "float32")])
    return model


def worst_accuracy(kernel, *rest):
    """Return the accuracy of a linear net of two classes where every feature is moved by epsilon against the label."""
    *bias, x, y, epsilon = rest
    slope, sign = kernel[:, 1] - kernel[:, 0], 2 * y - 1
    shift = np.subtract(*bias[0][::-1]) if bias else 0.0
    return (sign * (x @ slope + shift) - epsilon * np.abs(slope).sum() > 0).mean()


ALIKE = np.tile([-0.1, 0.1], (WEAK + 1, 1))
"""A kernel that hears all features alike: an attack turns the many weak ones, and with them the answer."""


@pytest.mark.parametrize("method", METHODS)
def test_a_net_learns_the_feature_that_an_attack_cannot_turn(method):
    x, y = two_kinds_of_feature()
    model = linear(ALIKE)
    record = fit_robust(
        model, x, y, method=method, epsilon=1.0, bounds=BOUNDS, epochs=8, batch_size=64, learning_rate=0.01
    )
    assert worst_accuracy(ALIKE, x, y, 1.0) < 0.5
    assert worst_accuracy(*model.get_weights(), x, y, 1.0) > 0.85
    assert len(record.curves["loss"]) == 8
    assert ("pgd_accuracy" in record.curves) == (method == "fast")
    assert record.steady_samples == 7 * 512


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_the_loss_is_that_of_the_worst_inputs(norm):
    """For a linear net of two classes the worst input is known: ε against the weights."""
    x, y = two_kinds_of_feature(64)
    kernel = np.random.default_rng(1).normal(size=(WEAK + 1, 2))
    model = linear(kernel)
    recipe = Recipe(**STILL.__dict__ | {"robust": RobustTraining("pgd", 0.3, norm, steps=20, step_size=3.0)})
    found = fit_attacked(model, Split(x, y), recipe, bounds=BOUNDS).curves["loss"][0]
    slope = kernel[:, 1] - kernel[:, 0]
    size = np.abs(slope).sum() if norm == "linf" else np.linalg.norm(slope)
    margins = (2 * y - 1) * (x @ slope) - 0.3 * size
    assert found == pytest.approx(np.logaddexp(0, -margins).mean(), rel=2e-3)


def test_trades_adds_the_weighted_divergence():
    x, y = two_kinds_of_feature(64)
    kernel = 0.1 * np.random.default_rng(1).normal(size=(WEAK + 1, 2))
    values = []
    for beta in (1.0, 3.0):
        recipe = Recipe(**STILL.__dict__ | {"robust": RobustTraining("trades", 0.3, beta=beta)})
        values.append(fit_attacked(linear(kernel), Split(x, y), recipe, bounds=BOUNDS).curves["loss"][0])
    logits = keras.ops.convert_to_tensor((x @ kernel).astype("float32"))
    clean = keras.ops.convert_to_numpy(cross_entropies(logits, y)).mean()
    assert values[0] > clean + 1e-3
    assert values[1] - clean == pytest.approx(3 * (values[0] - clean), rel=1e-3)


def test_divergences_are_those_of_kullback_and_leibler():
    p, q = np.array([[0.5, 0.5], [0.9, 0.1]]), np.array([[0.25, 0.75], [0.9, 0.1]])
    found = keras.ops.convert_to_numpy(
        divergences(*(keras.ops.convert_to_tensor(np.log(a), "float32") for a in (p, q)))
    )
    np.testing.assert_allclose(found, (p * np.log(p / q)).sum(axis=1), atol=1e-6)


@pytest.mark.parametrize(("method", "updates"), [("pgd", 1), ("trades", 2)])
def test_the_attack_leaves_moving_statistics_alone(method, updates):
    """Only what the weights learn from counts: one pass, and for TRADES that of the samples themselves too."""
    rng = np.random.default_rng(0)
    x, y = rng.uniform(2, 3, size=(64, 4, 1)).astype("float32"), rng.integers(0, 2, 64)
    normalization = keras.layers.BatchNormalization(momentum=0.5)
    head = [keras.layers.Conv1D(2, 3), keras.layers.Dropout(0.5), keras.layers.Flatten(), keras.layers.Dense(2)]
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4, 1)), normalization, *head])
    weights = [keras.ops.convert_to_numpy(v.value).copy() for v in model.trainable_variables]
    recipe = Recipe(**STILL.__dict__ | {"robust": RobustTraining(method, 0.01)})
    fit_attacked(model, Split(x, y), recipe, bounds=BOUNDS)
    mean = float(keras.ops.convert_to_numpy(normalization.moving_mean.value)[0])
    assert mean == pytest.approx((1 - 0.5**updates) * x.mean(), abs=0.011)
    for before, variable in zip(weights, model.trainable_variables, strict=True):
        np.testing.assert_array_equal(before, keras.ops.convert_to_numpy(variable.value))


def test_the_same_seed_repeats_the_training():
    x, y = two_kinds_of_feature(100)
    runs = []
    for seed in (3, 3):
        model = linear(ALIKE)
        fit_robust(model, x, y, epsilon=0.5, bounds=BOUNDS, seed=seed, epochs=2, batch_size=50)
        runs.append(model.get_weights()[0])
    np.testing.assert_array_equal(runs[0], runs[1])


def test_batches_differ_by_seed_and_epoch_and_keep_every_sample():
    x, y = two_kinds_of_feature(100)
    ball = Ball(NORMS["l2"], 0.5, *BOUNDS)
    feeds = [AttackedBatches(Split(x, y), Recipe(batch_size=30), lambda *a: start(*a, ball), seed) for seed in (3, 4)]
    first, second, other = (list(feed.epoch()) for feed in (feeds[0], feeds[0], feeds[1]))
    assert [len(batch) for batch, _, _ in first] == [30, 30, 30, 10]
    for epoch in (first, second, other):
        np.testing.assert_array_equal(np.sort(np.concatenate([b for b, _, _ in epoch]), axis=0), np.sort(x, axis=0))
        sizes = np.linalg.norm(np.concatenate([begin for _, begin, _ in epoch]), axis=1)
        assert 0.4 < sizes.max() <= 0.5 + 1e-6
    assert (first[0][0] != second[0][0]).any()
    assert (first[0][1] != other[0][1]).any()


def test_a_collapse_ends_the_training_with_the_weights_before_it():
    model = linear(features=3)
    watch = CollapseWatch(model, Split(np.zeros((4, 3)), np.zeros(4, int)), RobustTraining("fast"), BOUNDS)
    kept = []
    for accuracy, collapsed in ((0.5, False), (0.8, False), (0.65, False), (0.4, True)):
        kept.append([w.copy() for w in model.get_weights()])
        assert watch.collapsed(accuracy) == collapsed
        if not collapsed:
            model.set_weights([w + 1 for w in model.get_weights()])
    np.testing.assert_array_equal(model.get_weights()[0], kept[2][0])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"method": "fast", "epsilon": 0.4}, (1, 0.5)),
        ({"method": "pgd", "epsilon": 0.7}, (7, 0.25)),
        ({"method": "trades", "epsilon": 0.4}, (10, 0.1)),
        ({"method": "pgd", "epsilon": 0.3, "steps": 40, "step_size": 0.01}, (40, 0.01)),
    ],
)
def test_schedules(options, expected):
    assert schedule(RobustTraining(**options)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"method": "free"}, "method must be one of fast, pgd, trades. Received: 'free'"),
        ({"norm": "l1"}, "norm must be one of linf, l2. Received: 'l1'"),
        ({"epsilon": 0.0}, "epsilon must be positive and finite. Received: 0.0"),
        ({"steps": 0}, "steps must be at least 1. Received: 0"),
        ({"method": "fast", "steps": 3}, "steps must be 1 for the method fast"),
        ({"bounds": None}, r"bounds must be \(low, high\)"),
        ({"bounds": (0, 1)}, r"x must lie within bounds \(0, 1\)"),
        ({"epoch": 3}, "There is no option 'epoch'. Did you mean 'epochs'"),
        ({"augment": ("flip",)}, "augment needs images"),
        ({"y": np.full(8, 2)}, "labels must be integers from 0 to 1"),
        ({"model": "softmax"}, "model must give logits"),
        ({"model": "regression"}, "two or more classes"),
    ],
)
def test_arguments_are_checked(options, text):
    x, y = two_kinds_of_feature(8)
    model = linear()
    if "model" in options:
        wrong = {"softmax": keras.layers.Softmax(), "regression": keras.layers.Dense(1)}[options["model"]]
        model = keras.Sequential([model, wrong])
    given = {"model": model, "x": x, "y": y, "epsilon": 0.1, "bounds": BOUNDS, "epochs": 1}
    with pytest.raises(ArgumentError, match=text):
        fit_robust(**given | options | {"model": model})


def test_a_loss_that_is_not_finite_ends_the_training():
    x, y = two_kinds_of_feature(64)
    with pytest.raises(DivergedError, match="loss became"):
        fit_robust(linear(np.full((WEAK + 1, 2), np.nan)), x, y, epsilon=0.1, bounds=BOUNDS, epochs=1)
