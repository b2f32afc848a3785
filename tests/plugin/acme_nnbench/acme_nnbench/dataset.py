"""Four clouds of points in a box."""

import numpy as np

from nnbench import AttackSetting, Split, register_dataset


@register_dataset(
    "acme_clouds",
    kind="table",
    task="classification",
    shape=(3,),
    classes=4,
    bounds=(0.0, 1.0),
    sizes={"train": 400, "test": 200},
    source="generated",
    licence="MIT",
    attack=AttackSetting("linf", epsilon=0.05, steps=10, step_size=0.0125),
    out_of_distribution=("shift:uniform_noise",),
)
def clouds(seed: int) -> tuple[Split, Split]:
    """Normal clouds around four corners of the unit cube, deviation 0.1."""
    rng = np.random.default_rng(seed)
    corners = np.array([[0.2, 0.2, 0.2], [0.8, 0.2, 0.8], [0.2, 0.8, 0.8], [0.8, 0.8, 0.2]])
    y = rng.integers(0, 4, 600).astype("int32")
    x = np.clip(corners[y] + 0.1 * rng.standard_normal((600, 3)), 0, 1).astype("float32")
    return Split(x[:400], y[:400]), Split(x[400:], y[400:])
