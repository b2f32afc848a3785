"""The 15 common corruptions beside `imagecorruptions`, per image: batches here, one image after the other there.

command:   pip install 'keras-nnbench[corruption-peers]' && nnbench run corruptions
hardware:  any; nothing else should run. Both sides on the cores that the process may use
time:      three minutes on two CPU cores
expected:  median over the kinds of (time there / time here) at least 20 at 32 × 32; other sizes are stated
seen:      20.9 at 32 × 32, 7.7 at 64 × 64
n:         9 rounds of both sides in turn, severity by severity; the median of the rounds' ratios

The peer is `imagecorruptions-imaug`, the fork that works with today's NumPy and scikit-image. It takes colour images
from 32 × 32 up, and has ImageNet-C's constants at every size, where here 32 × 32 has CIFAR-10-C's and 64 × 64
Tiny-ImageNet-C's.
"""

import os
import statistics
import time

import numpy as np
import pytest

from nnbench.corruptions import COMMON, corrupt

peer = pytest.importorskip("imagecorruptions", reason="needs keras-nnbench[corruption-peers]")

ROUNDS = 9
SEVERITIES = (1, 2, 3, 4, 5)
EXPECTED = 20
SIZES = {32: (256, 8), 64: (64, 4), 224: (8, 1)}
"""Side to the number of images here and there."""


def images(n, side):
    """Smooth bytes with some detail, (n, side, side, 3)."""
    rng = np.random.default_rng(0)
    coarse = rng.uniform(size=(n, 8, 8, 3)).repeat(side // 8, axis=1).repeat(side // 8, axis=2)
    return (255 * (0.8 * coarse + 0.2 * rng.uniform(size=coarse.shape))).astype(np.uint8)


def seconds(run, severity, n):
    """Return the seconds per image of ``run(severity)`` over `n` images."""
    start = time.perf_counter()
    run(severity)
    return (time.perf_counter() - start) / n


def both(name, side):
    """Return the seconds per image, mean over the severities, of each round: (rounds,) here and (rounds,) there."""
    ours, theirs = (images(n, side) for n in SIZES[side])

    def here(severity):
        corrupt(ours, name, severity, bounds=(0, 255))

    def there(severity):
        for image in theirs:
            peer.corrupt(image, corruption_name=name, severity=severity)

    sides = ((here, len(ours)), (there, len(theirs)))
    for run, _ in sides:
        for severity in SEVERITIES:
            run(severity)
    found = np.zeros((2, ROUNDS))
    for turn in range(ROUNDS):
        for severity in SEVERITIES:
            # Whichever comes second meets a machine in another state, so they take turns.
            for which in (0, 1) if turn % 2 else (1, 0):
                found[which, turn] += seconds(sides[which][0], severity, sides[which][1]) / len(SEVERITIES)
    return found


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("side", SIZES)
def test_corruptions_beside_imagecorruptions(side, record_property):
    ratios = {}
    for name in COMMON:
        here, there = both(name, side)
        ratios[name] = statistics.median(there / here)
        times = "{:.0f} µs here, {:.0f} µs there, per image".format(*(1e6 * np.median([here, there], axis=1)))
        record_property(f"{name} {side}", f"{ratios[name]:.1f} ({times})")
    median = statistics.median(ratios.values())
    cores = len(os.sched_getaffinity(0))
    record_property(f"median {side}", f"{median:.1f} over {len(ratios)} kinds, {cores} cores")
    if side == min(SIZES):
        assert median >= EXPECTED
