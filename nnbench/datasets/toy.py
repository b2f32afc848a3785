"""Two classes in the plane, drawn from the seed.

- XOR: Minsky, Papert (1969), Perceptrons: what no linear unit can tell apart.
- Two moons: the shapes of scikit-learn's `make_moons`.
- Two spirals: Lang, Witbrock (1988), Learning to Tell Two Spirals Apart, as points on the continuous curve.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nnbench.core.dataset import Array, AttackSetting, Split, as_float32, register_dataset

SIZES = {"train": 2000, "test": 1000}
SOURCE = "generated"
LICENCE = "Apache-2.0"
ATTACK = AttackSetting("linf", epsilon=0.1, steps=20, step_size=0.0125)
# In the plane, permuting features across samples gives XOR itself again.
OUT_OF_DISTRIBUTION = ("shift:uniform_noise",)

XOR_NOISE = 0.2
MOONS_NOISE = 0.1
SPIRALS_NOISE = 0.01


@register_dataset(
    "xor",
    kind="table",
    task="classification",
    shape=(2,),
    classes=2,
    bounds=(-3.0, 3.0),
    sizes=SIZES,
    source=SOURCE,
    licence=LICENCE,
    attack=ATTACK,
    out_of_distribution=OUT_OF_DISTRIBUTION,
)
def xor(seed: int) -> tuple[Split, Split]:
    """Clouds at the corners (±1, ±1), deviation 0.2; the class is whether the signs differ."""
    return _drawn(_xor, seed)


@register_dataset(
    "two_moons",
    kind="table",
    task="classification",
    shape=(2,),
    classes=2,
    bounds=(-2.0, 3.0),
    sizes=SIZES,
    source=SOURCE,
    licence=LICENCE,
    attack=ATTACK,
    out_of_distribution=OUT_OF_DISTRIBUTION,
)
def two_moons(seed: int) -> tuple[Split, Split]:
    """Two half circles that reach into each other, noise 0.1."""
    return _drawn(_two_moons, seed)


@register_dataset(
    "spirals",
    kind="table",
    task="classification",
    shape=(2,),
    classes=2,
    bounds=(-1.2, 1.2),
    sizes=SIZES,
    source=SOURCE,
    licence=LICENCE,
    # The arms are 0.15 apart: with 0.1 either class could be moved onto the other, and nothing would be measured.
    attack=AttackSetting("linf", epsilon=0.02, steps=20, step_size=0.0025),
    out_of_distribution=OUT_OF_DISTRIBUTION,
)
def spirals(seed: int) -> tuple[Split, Split]:
    """Two spirals of three turns within the unit circle, noise 0.01."""
    return _drawn(_spirals, seed)


Draw = Callable[[np.random.Generator, int], tuple[Array, Array]]


def _drawn(draw: Draw, seed: int) -> tuple[Split, Split]:
    rng = np.random.default_rng(seed)
    train, test = draw(rng, SIZES["train"]), draw(rng, SIZES["test"])
    return _split(*train), _split(*test)


def _split(x: Array, y: Array) -> Split:
    return Split(as_float32(x), y.astype(np.int32))


def _xor(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    corners = rng.integers(0, 2, (n, 2))
    return 2 * corners - 1 + XOR_NOISE * rng.standard_normal((n, 2)), corners[:, 0] ^ corners[:, 1]


def _two_moons(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    y, angle = rng.integers(0, 2, n), rng.uniform(0, np.pi, n)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    x = np.where(y[:, np.newaxis] == 0, upper, [1, 0.5] - upper)
    return x + MOONS_NOISE * rng.standard_normal((n, 2)), y


def _spirals(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Lang and Witbrock: at i in 0..96 the angle is πi/16 and the radius 6.5·(104−i)/104, here divided by 6.5."""
    y, i = rng.integers(0, 2, n), rng.uniform(0, 96, n)
    angle, radius = np.pi * i / 16, (104 - i) / 104
    arm = radius[:, np.newaxis] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return np.where(y[:, np.newaxis] == 0, arm, -arm) + SPIRALS_NOISE * rng.standard_normal((n, 2)), y
