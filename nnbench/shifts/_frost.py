"""Sheets of frost, made by rule.

The reference lays one of five photographs of frosted panes over an image. They are not ours to ship, so here are five
sheets of what such a pane shows: needles of ice along a few directions, denser and brighter where a cloudy field is
high, on a bluish haze. The share of the image and of the frost at each severity is the published one.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from nnbench.core.dataset import Array
from nnbench.shifts._draws import Draws
from nnbench.shifts._filters import smooth
from nnbench.shifts._motion import motion_blur_planes, motion_weights
from nnbench.shifts._plasma import plasma

SHEETS = 5
TINT = (0.80, 0.92, 1.0)
"""Of red, green and blue; other numbers of channels have no tint."""
DIRECTIONS = (15, 75, 135, 195, 255, 315)
# Share of the points that a needle starts from, its length as a share of the sheet, its brightness.
NEEDLES = ((0.0015, 1 / 10, 190), (0.004, 1 / 20, 160), (0.010, 1 / 48, 120))


@lru_cache(maxsize=4)
def frost_sheets(side: int) -> Array:
    """Return sheets (5, side, side) in uint8, for images of a quarter to half of `side`, a power of two."""
    draws = Draws(0, "frost", np.arange(SHEETS))
    cloud = plasma(draws, side, 1.7, side, side)
    shade = 45 + 100 * cloud
    for size, (density, length, brightness) in enumerate(NEEDLES):
        for degrees in DIRECTIONS:
            places = draws.uniform(f"needles {size} {degrees}", side * side).reshape(cloud.shape)
            starts = places < density * 4 * np.square(cloud)
            shade = np.maximum(shade, _needles(starts, max(3, round(side * length)), degrees, brightness))
    return smooth(np.rint(shade).clip(0, 255).astype(np.uint8)[:, None], 0.6)[:, 0]


def _needles(starts: Array, length: int, degrees: int, brightness: int) -> Array:
    """Return the shade of needles that begin where `starts` (5, side, side) says, and fade along `degrees`."""
    planes = (starts * np.uint8(255)).astype(np.uint8)[:, None]
    drawn = motion_blur_planes(planes, length, length / 2, np.full(SHEETS, degrees))[:, 0]
    weights = motion_weights(length, length / 2)
    return np.minimum(drawn * (brightness * sum(weights) / (255 * weights[0])), 1.3 * brightness)
