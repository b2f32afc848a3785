"""Inner problems of the attacks, against a general solver and known values."""

import keras
import numpy as np
import pytest
from scipy.optimize import brentq, linprog

from nnbench.attacks._hyperplane import step_to_hyperplane
from nnbench.attacks._norms import project_l1
from nnbench.attacks._windows import Grid, grid_of, pattern

RNG = np.random.default_rng(0)


def test_l1_projections_within_room():
    delta = RNG.normal(size=(20, 9)) * RNG.choice([0.1, 1, 3], (20, 1))
    room = RNG.uniform(0, 1.5, delta.shape)
    found = project_l1(delta, 1.0, room)
    for one, limit, ours in zip(delta, room, found, strict=True):
        size = np.abs(one)

        def total(amount, size=size, limit=limit):
            return np.clip(size - amount, 0, np.minimum(limit, size)).sum()

        amount = brentq(lambda a: total(a) - 1, 0, size.max()) if total(0) > 1 else 0.0
        np.testing.assert_allclose(ours, np.sign(one) * np.clip(size - amount, 0, np.minimum(limit, size)), atol=1e-6)
    assert np.abs(found).sum(axis=1).max() <= 1 + 1e-12


@pytest.mark.parametrize("bounds", [(0, 1), (-2.1179, 2.64)])
@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
def test_steps_to_a_hyperplane_are_the_shortest(norm, bounds):
    n, d = 14, 6
    x, w = RNG.uniform(*bounds, size=(n, d)), RNG.normal(size=(n, d))
    x[0], w[1, :3] = bounds[0], 0
    excess = np.where(np.arange(n) % 2, 0.4, -0.4)
    # Out of reach by far, from the corner where there is no room at all, and from within.
    x[-2], excess[-2:] = np.where(w[-2] > 0, bounds[1], bounds[0]), -100
    tensors = (keras.ops.convert_to_tensor(a.astype("float32")) for a in (x, w, excess))
    low, high = (keras.ops.convert_to_tensor(np.full(d, v, "float32")) for v in bounds)
    found = keras.ops.convert_to_numpy(step_to_hyperplane(norm, *tensors, low, high))
    assert (x + found).min() >= bounds[0] - 1e-6
    assert (x + found).max() <= bounds[1] + 1e-6
    for i in range(n):
        wanted = -excess[i]
        reach = np.where(np.sign(w[i]) * np.sign(wanted) > 0, bounds[1] - x[i], x[i] - bounds[0])
        if np.abs(w[i]) @ reach < abs(wanted):
            np.testing.assert_allclose(np.abs(found[i]), reach * (w[i] != 0), atol=1e-5)
            continue
        assert w[i] @ found[i] == pytest.approx(wanted, abs=1e-5)
        assert size(found[i], norm) <= shortest(w[i], wanted, reach, norm) + 1e-5


def size(step, norm):
    return np.linalg.norm(step, ord={"linf": np.inf, "l2": 2, "l1": 1}[norm])


def shortest(w, wanted, reach, norm):
    """The least norm of sizes within reach for which the weighted sum suffices, by other means."""
    w, wanted = np.abs(w), abs(wanted)
    if norm == "l1":
        return linprog(np.ones(len(w)), A_eq=[w], b_eq=[wanted], bounds=list(zip(0 * reach, reach, strict=True))).fun
    sizes = (lambda r: np.minimum(r, reach)) if norm == "linf" else (lambda r: np.minimum(r * w, reach))
    return size(sizes(brentq(lambda r: w @ sizes(r) - wanted, 0, 1e3)) * (w > 0), norm)


def test_windows_shrink_and_stay_inside():
    image, table = grid_of((28, 28, 3)), grid_of((30,))
    assert (image.sizes, image.channels, table.sizes, table.channels) == ((28, 28), 3, (30,), 1)
    # Twenty-eight times the root of .8, and of .8 / 2 after ten queries, and so on.
    assert image.sides(np.array([0, 10, 11, 51, 5000])).tolist() == [25, 25, 18, 13, 2]
    assert grid_of((28, 28, 1), least=3, odd=True).sides(np.array([0, 5000])).tolist() == [25, 3]
    assert table.sides(np.array([0, 5000])).tolist() == [24, 1]
    side = np.array([7])
    for u in (1e-9, 1 - 1e-9):
        corner = Grid((8, 9), 1).corners(np.full((1, 2), u), side)
        assert (corner >= 0).all()
        assert (corner + 7 <= [8, 9]).all()


@pytest.mark.parametrize("power", [1, 2])
def test_patterns_are_two_opposite_bumps_of_norm_one(power):
    for side in (3, 5, 8):
        first, second = (pattern(side, 2, variant, power) for variant in (0, 1))
        assert (np.abs(first) ** power).sum() == pytest.approx(1)
        assert (first[: side // 2] > 0).all()
        assert (first[side // 2 :] < 0).all()
        np.testing.assert_array_equal(first.T, second)
    # Written out for a side of 3: 1 + 1/4 (under L1: 1 + 1/16) at the centres, which a smaller box adds to.
    centre, edge = pattern(3, 2, 0, power)[0, 1], pattern(3, 2, 0, power)[0, 0]
    assert centre / edge == pytest.approx(5 if power == 2 else 17)
