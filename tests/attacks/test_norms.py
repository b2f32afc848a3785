import numpy as np
import pytest

from nnbench.attacks._norms import L2, NORMS, LInf, norm_named
from nnbench.core.errors import ArgumentError

GRADIENT = np.array([[3.0, -4.0], [0.0, 0.0], [1e-30, 0.0]], np.float32)


def test_steepest_steps():
    np.testing.assert_array_equal(LInf().steepest(GRADIENT), [[1, -1], [0, 0], [1, 0]])
    np.testing.assert_allclose(L2().steepest(GRADIENT), [[0.6, -0.8], [0, 0], [1, 0]], atol=1e-7)


def test_projections():
    delta = np.array([[3.0, -4.0], [0.1, 0.0], [0.0, 0.0]], np.float32)
    np.testing.assert_allclose(LInf().project(delta, 0.5), [[0.5, -0.5], [0.1, 0], [0, 0]])
    np.testing.assert_allclose(L2().project(delta, 0.5), [[0.3, -0.4], [0.1, 0], [0, 0]], atol=1e-7)


@pytest.mark.parametrize("name", list(NORMS))
def test_a_steepest_step_has_norm_one_and_beats_every_other(name):
    rng = np.random.default_rng(0)
    gradient, norm = rng.normal(size=(1, 6)), NORMS[name]
    best = norm.steepest(gradient)
    assert norm.size(best) == pytest.approx(1)
    others = rng.normal(size=(500, 6))
    others /= norm.size(others)[:, None]
    assert (others @ gradient[0]).max() <= (best @ gradient[0])[0]


def test_unknown_norms_are_refused():
    with pytest.raises(ArgumentError, match=r"norm must be one of 'linf', 'l2'. Received: 'l3'"):
        norm_named("l3", ("linf", "l2"))
