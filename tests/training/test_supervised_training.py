"""Training by ``fit``: repeatable, timed by phase, stopped where it diverges."""

import hashlib
import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nnbench.core.catalog import create_model, load_dataset
from nnbench.core.dataset import Split
from nnbench.core.errors import ArgumentError, DivergedError
from nnbench.core.lazy import keras
from nnbench.core.recipe import Recipe
from nnbench.runtime.engine import engine
from nnbench.training.optimizer import create_optimizer
from nnbench.training.supervised import compile_for, fit

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

RECIPE = Recipe(learning_rate=1e-2, batch_size=32, epochs=3)

TRAINING = f"""
import json, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import {Path(__file__).stem} as this
model, record = this.trained(7)
print(json.dumps([this.digest(model), record.curves]))
"""


def trained(seed):
    keras.utils.set_random_seed(seed)
    splits = load_dataset("iris", seed)
    model = create_model("mlp_tiny", input_shape=splits.spec.shape, classes=splits.spec.classes)
    return model, fit(model, splits.train, RECIPE, task="classification")


def digest(model):
    return hashlib.sha256(b"".join(w.tobytes() for w in model.get_weights())).hexdigest()


def line(n, *, slope=2.0, epochs=2, batch_size=16, **options):
    """Return a linear model, a split of `n` samples on a line, and a recipe."""
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(n, 1)).astype("float32")
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    return model, Split(x, slope * x[:, 0]), Recipe(epochs=epochs, batch_size=batch_size, **options)


@pytest.fixture(scope="module")
def seventh():
    """A model trained under seed 7, and its record."""
    return trained(7)


def test_the_same_seed_gives_the_same_weights_and_curves(seventh):
    model, record = trained(7)
    assert record.curves == seventh[1].curves
    for a, b in zip(model.get_weights(), seventh[0].get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_another_seed_gives_other_weights(seventh):
    model, _ = trained(8)
    assert any((a != b).any() for a, b in zip(model.get_weights(), seventh[0].get_weights(), strict=True))


def test_another_process_trains_alike(seventh):
    command = [sys.executable, "-c", TRAINING]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == [digest(seventh[0]), seventh[1].curves]


def test_training_learns_and_leaves_a_record():
    model, split, recipe = line(64, epochs=5, learning_rate=0.2)
    seen = []
    record = fit(model, split, recipe, task="regression", on_epoch=lambda done, total: seen.append((done, total)))
    loss = record.curves["loss"]
    assert len(loss) == 5
    assert loss[-1] < 0.2 * loss[0]
    assert seen == [(i, 5) for i in range(1, 6)]
    assert all(record.seconds[phase] > 0 for phase in ("first_step", "warmup", "steady"))
    assert record.steady_samples == 4 * 64
    assert record.throughput == pytest.approx(4 * 64 / record.seconds["steady"])


def test_one_epoch_has_no_steady_phase():
    model, split, recipe = line(32, epochs=1)
    record = fit(model, split, recipe, task="regression")
    assert record.seconds["steady"] == 0
    assert record.steady_samples == 0
    assert math.isnan(record.throughput)


def test_the_smaller_last_batch_is_trained_on():
    model, split, recipe = line(20, epochs=1, batch_size=16)
    fit(model, split, recipe, task="regression")
    assert int(model.optimizer.iterations) == 2


def test_steps_become_whole_epochs():
    model, split, recipe = line(40, steps=9, batch_size=16)
    record = fit(model, split, recipe, task="regression")
    assert len(record.curves["loss"]) == 3  # 3 steps an epoch
    assert int(model.optimizer.iterations) == 9


@pytest.mark.parametrize(("steps", "samples", "epochs"), [(6000, 4000, 150), (8, 400, 2), (1, 10_000, 2), (50, 64, 50)])
def test_epochs_of_a_number_of_steps(steps, samples, epochs):
    assert Recipe(steps=steps, batch_size=100).epochs_for(samples) == epochs


def test_a_loss_that_is_not_finite_ends_the_training_at_once():
    model, split, recipe = line(32, epochs=50)
    seen = []
    broken = Split(split.x, np.full_like(split.y, np.nan))
    with pytest.raises(DivergedError, match="loss became nan in epoch 1"):
        fit(model, broken, recipe, task="regression", on_epoch=lambda *done: seen.append(done))
    assert seen == []


def test_weights_that_are_not_finite_are_seen_behind_a_finite_loss():
    """A compiled ReLU may turn NaN into 0."""
    keras.utils.set_random_seed(0)
    dense = keras.layers.Dense
    model = keras.Sequential([keras.Input((1,)), dense(4, activation="relu"), dense(1)])
    x = np.full((32, 1), np.nan, "float32")
    with pytest.raises(DivergedError, match="became nan in epoch 1|kernel is not finite after the training"):
        fit(model, Split(x, np.zeros(32, "float32")), Recipe(batch_size=16, epochs=2), task="regression")


def test_a_rate_that_is_far_too_high_diverges():
    model, split, recipe = line(64, slope=1e4, epochs=400, optimizer="sgd", learning_rate=1e4)
    with pytest.raises(DivergedError, match=r"loss became (inf|nan) in epoch \d+"):
        fit(model, split, recipe, task="regression")


def test_steps_per_execution_train_as_single_steps_do():
    model, split, recipe = line(64, epochs=3)
    fit(model, split, recipe, task="regression")
    other, split, recipe = line(64, epochs=3, steps_per_execution=3)
    fit(other, split, recipe, task="regression")
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)
    compile_for(other, recipe, task="regression", steps=2)
    assert other.steps_per_execution == (2 if engine().fuses_steps else 1)


def test_an_unknown_optimizer_is_an_argument_error():
    with pytest.raises(ArgumentError, match=r"optimizer must be one that Keras knows.*Received: 'adamm'"):
        create_optimizer(Recipe(optimizer="adamm"), 10)


def test_an_option_that_the_optimizer_does_not_take_is_an_argument_error():
    with pytest.raises(ArgumentError, match=r"options that it takes.*Received: 'adam' with \{'momentun': 0.9\}"):
        create_optimizer(Recipe(optimizer_options={"momentun": 0.9}), 10)


def test_an_unknown_schedule_is_an_argument_error():
    with pytest.raises(ArgumentError, match=r"schedule must be one of constant, cosine\. Received: 'cosin'"):
        create_optimizer(Recipe(schedule="cosin"), 10)


def test_the_cosine_schedule_ends_at_zero():
    rate = create_optimizer(Recipe(schedule="cosine", learning_rate=0.5), 100)._learning_rate
    assert float(rate(0)) == pytest.approx(0.5)
    assert float(rate(50)) == pytest.approx(0.25)
    assert float(rate(100)) == pytest.approx(0, abs=1e-7)


def test_optimizer_options_arrive():
    optimizer = create_optimizer(Recipe(optimizer="sgd", optimizer_options={"momentum": 0.9, "nesterov": True}), 10)
    assert (optimizer.momentum, optimizer.nesterov) == (0.9, True)


@pytest.mark.parametrize("shuffle", [True, False])
def test_the_order_of_the_samples_is_drawn_or_kept(shuffle):
    losses = []
    for seed in (1, 2):
        model, split, recipe = line(64, shuffle=shuffle)
        keras.utils.set_random_seed(seed)
        losses.append(fit(model, split, recipe, task="regression").curves["loss"])
    assert (losses[0] != losses[1]) == shuffle
