"""Rows that change only where one is chosen."""

import keras
import numpy as np
import pytest

from nnbench.attacks._rows import where_any


@pytest.mark.parametrize("chosen", [(False, False, False), (False, True, False), (True, True, True)])
@pytest.mark.parametrize("shape", [(3,), (3, 4)])
def test_rows_are_the_new_ones_where_chosen(chosen, shape):
    old, new = np.zeros(shape, np.float32), np.arange(np.prod(shape), dtype=np.float32).reshape(shape) + 1
    rows, before, after = map(keras.ops.convert_to_tensor, (np.array(chosen), old, new))
    found = keras.ops.convert_to_numpy(where_any(rows, lambda: after, before))
    expected = old.copy()
    expected[list(chosen)] = new[list(chosen)]
    np.testing.assert_array_equal(found, expected)


def test_what_is_not_chosen_need_not_be_finite():
    old = keras.ops.convert_to_tensor(np.float32([[1, 2], [np.nan, 3]]))
    found = where_any(keras.ops.convert_to_tensor(np.array([False, True])), lambda: keras.ops.zeros_like(old), old)
    assert keras.ops.convert_to_numpy(found).tolist() == [[1, 2], [0, 0]]
