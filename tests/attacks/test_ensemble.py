"""AutoAttack and its parts, on linear classifiers where the optimum is known, and on inputs of any rank."""

import functools

import keras
import numpy as np
import pytest

from nnbench.attacks import ATTACKS, _result
from nnbench.attacks.auto_attack import autoattack
from nnbench.attacks.projected_gradient import pgd
from nnbench.core.errors import ArgumentError

WIDE = (-100.0, 100.0)
SHORT = {"steps": 12, "queries": 60, "batch_size": 8}


def linear(weights, shape):
    model = keras.Sequential([keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(weights.shape[1])])
    model.layers[-1].set_weights([weights.astype(np.float32), np.zeros(weights.shape[1], np.float32)])
    return model


@functools.cache
def samples(shape, classes, n=16):
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(int(np.prod(shape)), classes))
    x = rng.uniform(0.2, 0.8, size=(n, *shape)).astype(np.float32)
    return linear(weights, shape), x, (x.reshape(n, -1) @ weights).argmax(axis=1), weights


def distances(x, y, weights, dual):
    """The least perturbation that changes a linear classifier's answer, where no bounds are in the way."""
    logits, rows = x.reshape(len(x), -1) @ weights, np.arange(len(x))
    gaps = logits[rows, y][:, None] - logits
    slopes = np.linalg.norm(weights[:, y].T[:, :, None] - weights[None], ord=dual, axis=1)
    return np.where(np.arange(weights.shape[1]) == y[:, None], np.inf, gaps / np.maximum(slopes, 1e-9)).min(axis=1)


STRONG = ["apgd_ce", "apgd_t", "fab", "fab_t", "mi_fgsm", "bim", "deepfool", "carlini_wagner"]


@pytest.mark.parametrize("name", STRONG)
def test_linear_models_are_fooled_where_the_plane_is_in_reach(name):
    model, x, y, weights = samples((8,), 4)
    norm = ATTACKS.get(name).norms[0]
    least = distances(x, y, weights, dual=1 if norm == "linf" else 2)
    epsilon = float(np.median(least))
    # Carlini and Wagner's inputs cannot reach far within wide bounds at this learning rate.
    bounds = (-1.0, 2.0) if name == "carlini_wagner" else WIDE
    options = {"steps": 200, "rounds": 9, "learning_rate": 0.02} if name == "carlini_wagner" else {"steps": 40}
    result = ATTACKS.get(name).run(model, x, y, norm=norm, epsilon=epsilon, bounds=bounds, batch_size=8, **options)
    # Where three planes are near, the loss's gradient points between them at first.
    sure = 0.7 if name in ("bim", "mi_fgsm") else 0.9
    assert result.success[least < sure * epsilon].all()
    assert not result.success[least > 1.001 * epsilon].any()


@pytest.mark.parametrize("shape", [(12,), (6, 6, 2)])
def test_any_rank_of_input(shape):
    model, x, y, _ = samples(shape, 4)
    for norm, epsilon in (("linf", 0.3), ("l2", 1.5)):
        found = ATTACKS.get("square").run(
            model, x, y, norm=norm, epsilon=epsilon, bounds=(0, 1), queries=60, batch_size=8
        )
        assert found.robust_accuracy < 1
        assert found.backwards == 0


def test_few_classes_are_said():
    model, x, y, _ = samples((8,), 2)
    result = autoattack(model, x, y, norm="linf", epsilon=0.05, bounds=(0, 1), version="plus", **SHORT)
    assert [note.partition(" need")[0] for note in result.notes] == [
        "the difference of logits ratio",
        "1 targets instead of 9, as there are 2 classes",
        "the targeted ratio",
    ]
    assert result.reliable
    assert list(result.after) == ["apgd_ce", "apgd_dlr", "fab", "square", "apgd_t", "fab_t"]
    assert list(result.after.values()) == sorted(result.after.values(), reverse=True)


class Noisy(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.seeds = keras.random.SeedGenerator(0)

    def call(self, x):
        return x + 0.02 * keras.random.normal(keras.ops.shape(x), seed=self.seeds)


def test_randomised_models_have_a_version_of_their_own():
    model, x, y, _ = samples((8,), 4)
    inputs = keras.Input((8,))
    noisy = keras.Model(inputs, model(Noisy()(inputs)))
    options = {"norm": "linf", "epsilon": 0.1, "bounds": (0, 1), "steps": 3, "batch_size": 8}
    result = autoattack(noisy, x, y, **options, version="rand")
    assert list(result.after) == ["apgd_ce", "apgd_dlr"]
    assert _result.RANDOMISED not in result.flags
    # Twenty passes for each gradient of the first step at least.
    assert result.backwards >= 20 * (x.shape[0] * result.clean_accuracy)


def test_unknown_versions_are_refused():
    model, x, y, _ = samples((8,), 4, n=2)
    with pytest.raises(ArgumentError, match="version must be one of 'standard', 'plus', 'rand'. Received: 'full'"):
        autoattack(model, x, y, norm="linf", epsilon=0.1, bounds=(0, 1), version="full")


def test_targets_are_reached():
    model, x, y, weights = samples((8,), 4)
    targets = (y + 1) % 4
    result = pgd(model, x, y, norm="linf", epsilon=0.6, bounds=(0, 1), targeted=targets)
    answers = (result.x_adv.reshape(len(x), -1) @ weights).argmax(axis=1)
    np.testing.assert_array_equal(result.success, answers == targets)
    assert result.success.mean() > 0.5
    with pytest.raises(ArgumentError, match="targeted must give each sample a class other than its label"):
        pgd(model, x, y, norm="linf", epsilon=0.6, bounds=(0, 1), targeted=y)
