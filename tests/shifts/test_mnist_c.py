"""MNIST-C, each corruption beside what the paper does."""

import math

import numpy as np
import pytest
from photos import changed, constant, photo
from scipy.stats import poisson

from nnbench.shifts import Draws
from nnbench.shifts._lines import dotted_lines, zigzags


def test_few_photons_are_counted_one_by_one():
    values, counts = np.unique(changed("mnist_shot_noise", 5, constant(85)), return_counts=True)
    assert values.tolist() == [0, 85, 170, 255]
    expected = [*poisson.pmf([0, 1, 2], 1), poisson.sf(2, 1)]
    np.testing.assert_allclose(counts / counts.sum(), expected, atol=0.005)


def test_mnist_glass_only_moves_pixels():
    from nnbench.shifts.mnist_c import _exchanged

    planes = photo(3, 28, 1).transpose(0, 3, 1, 2)
    moved = _exchanged(planes, 2, Draws(0, "mnist_glass_blur", np.arange(3)), "round 0")
    assert (moved != planes).mean() > 0.3
    np.testing.assert_array_equal(np.sort(moved.reshape(3, -1)), np.sort(planes.reshape(3, -1)))


def test_translate_shifts_by_whole_pixels_of_28():
    x = photo(8, 28, 1)
    y = changed("translate", 3, x)
    for before, after in zip(x[..., 0].astype(float), y[..., 0], strict=True):
        shifted = [
            (np.roll(before, (dy, dx), axis=(0, 1))[5:-5, 5:-5] == after[5:-5, 5:-5]).all()
            for dy in (-3, 3)
            for dx in (-3, 3)
        ]
        assert sum(shifted) == 1


def test_rotate_turns_by_four_tenths_of_a_radian():
    x = np.zeros((6, 28, 28, 1), np.uint8)
    x[:, 13:15, 4:24] = 255
    for image in changed("rotate", 2, x)[..., 0]:
        rows, columns = np.nonzero(image > 100)
        slope = np.polyfit(columns, rows, 1)[0]
        assert abs(math.atan(slope)) == pytest.approx(0.4, abs=0.03)


def test_scale_and_shear_keep_the_middle():
    x = np.zeros((4, 29, 29, 1), np.uint8)
    x[:, 14 - 10 : 14 + 11, 2:27] = 255
    assert (changed("scale", 5, x) > 127).sum() == 4 * 11 * 13  # half of 21 by 25
    sheared = changed("shear", 2, x)[..., 0]
    centres = [(image * np.arange(29)).sum(axis=1)[6:23] / image.sum(axis=1)[6:23] for image in sheared]
    slopes = [np.polyfit(np.arange(17), centre, 1)[0] for centre in centres]
    np.testing.assert_allclose(np.abs(slopes), math.sin(0.4) / math.cos(0.4), atol=0.08)


def test_stripe_inverts_a_quarter_on_either_side():
    x = photo(2, 28, 1)
    y = changed("stripe", 5, x)
    np.testing.assert_array_equal(y[:, :, :7], 255 - x[:, :, :7].astype(float))
    np.testing.assert_array_equal(y[:, :, 7:21], x[:, :, 7:21])
    np.testing.assert_array_equal(y[:, :, 21:], 255 - x[:, :, 21:].astype(float))


def test_lines_are_the_papers():
    dotted = dotted_lines(28, 28)
    assert dotted.shape == (27 * 27, 28, 28)
    level = dotted[10 * 27 + 10]  # from row 10 to row 10
    assert level[10].tolist() == [*([0, 0, 255, 255] * 7)[:27], 0]
    assert level[11, 2] == round(255 * (math.log(1 - 1 / 2.3) + 1))
    assert level[13].max() == 0
    drawn = zigzags(28, 28)
    assert drawn.shape == (270, 28, 28)
    columns = np.nonzero(drawn[13 * 10 + 5].max(axis=0))[0]
    assert (columns.min(), columns.max()) == (2, 24)
    assert np.ptp(drawn[13 * 10 + 5].argmax(axis=0)[3:24]) == 4  # two rows up and two down


def test_canny_finds_the_edge_of_a_square():
    x = np.zeros((1, 28, 28, 1), np.uint8)
    x[:, 8:20, 8:20] = 255
    edges = changed("canny_edges", 5, x)[0, ..., 0] > 0
    rows, columns = np.nonzero(edges)
    assert {rows.min(), columns.min()} <= {7, 8}
    assert {rows.max(), columns.max()} <= {19, 20}
    assert not edges[10:18, 10:18].any()
