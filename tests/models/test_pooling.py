import numpy as np
import pytest

from nnbench.core.lazy import keras
from nnbench.models._pooling import adaptive_average, ceiling_max, padded_max
from nnbench.runtime.engine import engine


def pooled(pooling, x, **options):
    inputs = keras.Input(x.shape[1:])
    model = keras.Model(inputs, pooling(inputs, **options))
    return keras.ops.convert_to_numpy(engine().forward(model)(x))


def maps(height, width):
    return np.random.default_rng(0).uniform(size=(2, height, width, 3)).astype("float32")


def maxima(x, starts):
    """Largest values of windows of 3×3 at the given rows and columns, cut at the edges."""
    rows, columns = starts
    parts = [[x[:, max(r, 0) : r + 3, max(c, 0) : c + 3].max((1, 2)) for c in columns] for r in rows]
    return np.stack([np.stack(row, 1) for row in parts], 1)


@pytest.mark.parametrize(("height", "width", "rows", "columns"), [(7, 6, [0, 2, 4], [0, 2, 4]), (2, 3, [0], [0])])
def test_the_last_windows_are_cut_at_the_edge(height, width, rows, columns):
    x = maps(height, width)
    np.testing.assert_allclose(pooled(ceiling_max, x, name="pool"), maxima(x, (rows, columns)))


@pytest.mark.parametrize(("height", "width", "rows", "columns"), [(5, 6, [-1, 1, 3], [-1, 1, 3]), (1, 2, [-1], [-1])])
def test_padding_surrounds_the_maps(height, width, rows, columns):
    x = maps(height, width)
    np.testing.assert_allclose(pooled(padded_max, x, name="pool"), maxima(x, (rows, columns)))


def test_equal_sides_are_left_as_they_are():
    inputs = keras.Input((4, 4, 1))
    assert adaptive_average(inputs, 4) is inputs


@pytest.mark.parametrize(
    ("n", "windows"),
    [
        (6, [(0, 2), (2, 4), (4, 6)]),
        (7, [(0, 3), (2, 5), (4, 7)]),
        (5, [(0, 2), (1, 4), (3, 5)]),
        (2, [(0, 1), (0, 2), (1, 2)]),
        (1, [(0, 1), (0, 1), (0, 1)]),
    ],
)
def test_adaptive_windows_cover_the_maps(n, windows):
    x = maps(n, 3)
    expected = np.stack([x[:, start:stop].mean(1) for start, stop in windows], 1)
    np.testing.assert_allclose(pooled(adaptive_average, x, side=3), expected, atol=1e-6)
    across = pooled(adaptive_average, x.transpose(0, 2, 1, 3), side=3)
    np.testing.assert_allclose(across, expected.transpose(0, 2, 1, 3), atol=1e-6)
