"""What the corruptions of images are made of."""

import math
from itertools import product

import numpy as np
import pytest
from photos import photo

from nnbench.shifts import Draws
from nnbench.shifts._filters import FIELD, FINE, gaussian_matrix, tap_weights
from nnbench.shifts._gather import gather, sample
from nnbench.shifts._motion import motion_blur_planes
from nnbench.shifts._pixels import Constants


def test_constants_go_by_area():
    table = Constants((1,) * 5, (2,) * 5, (3,) * 5)
    assert [table.of((h, w), 1) for h, w in ((8, 8), (33, 47), (64, 64), (96, 96), (128, 112), (224, 224))] == [
        *(1, 1, 2, 2, 3, 3)
    ]


@pytest.mark.parametrize("degrees", [0, -45, 30, -90, -135])
def test_motion_blur_reads_along_its_angle(degrees):
    planes = photo(2, 32, 2).transpose(0, 3, 1, 2)
    radius, sigma = 8, 2.0
    weights = np.exp(-(np.arange(2 * radius + 1) ** 2) / (2 * sigma**2))
    expected = np.zeros(planes.shape)
    for step, weight in enumerate(weights / weights.sum()):
        down, right = (math.ceil(step * f(math.radians(degrees)) - 0.5 - 1e-9) for f in (math.sin, math.cos))
        rows, columns = np.clip(np.arange(32) + down, 0, 31), np.clip(np.arange(32) + right, 0, 31)
        expected += weight * planes[:, :, rows][..., columns]
    got = motion_blur_planes(planes, radius, sigma, np.array([degrees, degrees]))
    assert np.abs(got - expected).max() < 1.5


@pytest.mark.parametrize("reach", [1, 3])
def test_glass_copies_pixel_by_pixel_from_the_last(reach):
    """The reference's loop, as it works on colour images, beside the parallel form."""
    from nnbench.shifts.blur import _copies

    n, h, w = 6, 22, 24
    draws = Draws(3, "glass_blur", np.arange(n))
    index = _copies((h, w), reach, draws, "round 0")
    bits = draws.shorts("round 0", 2 * h * w).astype(np.int64)
    shifts = ((bits * (2 * reach) >> 16) - reach).reshape(n, 2, h, w)
    planes = (np.arange(n * h * w) % 251).astype(np.uint8).reshape(n, 1, h, w)
    expected = planes.copy()
    for i, y, x in product(range(n), range(h - reach, reach, -1), range(w - reach, reach, -1)):
        expected[i, 0, y, x] = expected[i, 0, y + shifts[i, 0, y, x], x + shifts[i, 1, y, x]]
    np.testing.assert_array_equal(gather(planes, index), expected)


def test_sampling_is_linear_between_pixels():
    planes = np.arange(0, 240, 10, dtype=np.uint8).reshape(1, 1, 4, 6)
    y, x = np.full((1, 4, 6), 1.25), np.full((1, 4, 6), 2.5)
    assert (sample(planes, y, x, "reflect", 2) == 100).all()
    assert (sample(planes, y - 9, x, "constant", 2) == 0).all()


@pytest.mark.parametrize("bits", [FINE, FIELD])
def test_weights_are_far_from_where_rounding_turns(bits):
    """So that a last digit of `exp` that differs between machines changes no weight."""
    for size, sigma in ((28, 0.7), (32, 0.4), (32, 1.0), (64, 1.5), (224, 6.0)):
        radius = int(4 * sigma + 0.5)
        weights = np.exp(-0.5 * np.square(np.arange(-radius, radius + 1) / sigma))
        steps = weights / weights.sum() * 2**bits
        assert np.abs(steps - np.floor(steps) - 0.5).min() > 1e-6
        assert (gaussian_matrix(size, sigma, 4.0, "edge", bits).sum(axis=1) == 2**bits).all()


def test_tap_weights_add_to_no_more_than_16_bits_hold():
    for count in (3, 5, 9, 13):
        units = tap_weights(np.full(count, 1 / count))
        assert len(set(units.tolist())) == 1
        assert units.sum() <= 257
