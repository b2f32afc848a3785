import numpy as np
import pytest
from scipy.stats import kstest

from nnbench.attacks._noise import Noise, philox
from nnbench.attacks._norms import L2, LInf


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    # The known answers that come with the authors' Random123, for philox4x32-10.
    [
        ([0] * 4, [0] * 2, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
            [0xA4093822, 0x299F31D0],
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_known_answers(counter, key, expected):
    words = philox(tuple(np.array([c], np.uint64) for c in counter), tuple(key))
    assert [f"{int(w[0]):08x}" for w in words] == expected.split()


@pytest.mark.parametrize("kind", ["uniform", "normal"])
def test_numbers_belong_to_seed_sample_draw_and_position_alone(kind):
    draw = getattr(Noise(5), kind)
    whole = draw(np.arange(10), 0, 7)
    np.testing.assert_array_equal(draw(np.array([8, 3]), 0, 7), whole[[8, 3]])
    np.testing.assert_array_equal(draw(np.arange(10), 0, 5), whole[:, :5])
    others = [draw(np.arange(10), 1, 7), getattr(Noise(6), kind)(np.arange(10), 0, 7), whole[::-1]]
    assert all((other != whole).all() for other in others)


def test_seeds_beyond_32_bits_differ():
    assert (Noise(1).uniform(np.arange(2), 0, 3) != Noise(1 + 2**32).uniform(np.arange(2), 0, 3)).all()


def test_chunks_do_not_show(monkeypatch):
    whole = Noise(0).uniform(np.arange(30), 0, 9)
    monkeypatch.setattr("nnbench.attacks._noise.WORDS_AT_ONCE", 40)
    np.testing.assert_array_equal(Noise(0).uniform(np.arange(30), 0, 9), whole)


def test_distributions():
    samples = np.arange(200)
    assert kstest(Noise(0).uniform(samples, 0, 50).ravel(), "uniform").pvalue > 0.01
    assert kstest(Noise(0).normal(samples, 0, 51).ravel(), "norm").pvalue > 0.01


def test_points_are_uniform_in_the_ball():
    d, samples = 3, np.arange(5000)
    radius = np.linalg.norm(L2().inside(Noise(0), samples, 0, d), axis=1)
    assert kstest(radius**d, "uniform").pvalue > 0.01
    cube = LInf().inside(Noise(0), samples, 0, d)
    assert kstest(cube.ravel(), "uniform", args=(-1, 2)).pvalue > 0.01
