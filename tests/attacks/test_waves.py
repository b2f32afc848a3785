"""Runs and windows side by side find what they find one after the other."""

import keras
import numpy as np
import pytest

from nnbench.attacks import ATTACKS
from nnbench.attacks._lanes import ahead
from nnbench.attacks._waves import waves

SHAPE, CLASSES, N = (6, 6, 1), 5, 8
EPSILON = {"linf": 0.06, "l2": 0.25, "l1": 0.8}
CASES = [
    ("apgd_ce", "l2", {"steps": 12, "restarts": 3}),
    ("apgd_t", "linf", {"steps": 12, "targets": 3, "restarts": 2}),
    ("apgd_t", "l1", {"steps": 12, "targets": 3, "larger_radii": True}),
    ("fab", "linf", {"steps": 6, "restarts": 3}),
    ("fab_t", "l2", {"steps": 6, "targets": 3, "restarts": 2}),
    ("square", "linf", {"queries": 80}),
    ("square", "l2", {"queries": 80}),
]


class Open:
    """Samples that nothing has fooled."""

    def __init__(self, rows):
        self.rows = np.array(rows)

    def open(self):
        return self.rows


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    # In float64 what a batch's size changes in the last digits stays there.
    wide = {"dtype": "float64"}
    layers = [keras.layers.Flatten(**wide), keras.layers.Dense(32, "tanh", **wide), keras.layers.Dense(CLASSES, **wide)]
    model = keras.Sequential([keras.Input(SHAPE, **wide), *layers])
    model.set_weights([2 * w for w in model.get_weights()])
    x = np.random.default_rng(0).uniform(size=(N, *SHAPE))
    return model, x, model.predict(x, verbose=0).argmax(axis=1)


@pytest.mark.parametrize(("name", "norm", "options"), CASES)
def test_side_by_side_is_one_after_the_other(network, name, norm, options):
    model, x, y = network
    options = {"norm": norm, "epsilon": EPSILON[norm], "bounds": (0, 1), **options}
    # With one sample in a batch no run has another beside it, and no window.
    wide, narrow = (ATTACKS.get(name).run(model, x, y, **options, batch_size=size) for size in (256, 1))
    assert 0 < wide.success.sum() < N
    np.testing.assert_array_equal(wide.success, narrow.success)
    np.testing.assert_allclose(wide.x_adv, narrow.x_adv, atol=1e-9)


def test_lanes_after_the_first_that_fools_are_given_up():
    owners, fooled = np.array([4, 7, 4, 7, 4, 7]), np.array([False, False, True, False, True, False])
    np.testing.assert_array_equal(ahead(owners, fooled), [True, True, True, True, False, True])


def test_as_many_runs_as_fill_a_batch():
    found = list(waves(Open([3, 5]), runs=5, width=4))
    assert [wave.runs.tolist() for wave in found] == [[0, 0, 1, 1], [2, 2, 3, 3], [4, 4]]
    assert [wave.rows.tolist() for wave in found] == [[3, 5, 3, 5], [3, 5, 3, 5], [3, 5]]
    assert [len(wave.rows) for wave in waves(Open(range(9)), runs=2, width=4)] == [9, 9]
    assert not list(waves(Open([]), runs=2, width=4))
