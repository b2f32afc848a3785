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
from nnbench.shifts._motion import motion_blur_planes
from nnbench.shifts._plasma import plasma

SHEETS = 5
TINT = (0.80, 0.92, 1.0)
"""Of red, green and blue; other numbers of channels have no tint."""
DIRECTIONS = (0, 60, 120, 180, 240, 300)
NEEDLES = 0.02


@lru_cache(maxsize=4)
def frost_sheets(side: int, needle: int) -> Array:
    """Return sheets (5, side, side) in uint8, for images of a third to half of `side`.

    Args:
        side: a power of two.
        needle: length of the longest needles, in pixels.
    """
    draws = Draws(0, "frost", np.arange(SHEETS))
    cloud = plasma(draws, side, 1.6, side, side)
    layers = [_needles(draws, side, needle, turn, degrees) for turn, degrees in enumerate(DIRECTIONS)]
    needles = np.minimum(sum(layers), 255).astype(np.float32)
    shade = 50 + 90 * cloud + needles * (np.float32(0.35) + np.float32(0.65) * cloud)
    return np.clip(np.rint(shade), 0, 255).astype(np.uint8)


def _needles(draws: Draws, side: int, needle: int, turn: int, degrees: int) -> Array:
    seeds = np.where(draws.shorts(f"needles {turn}", side * side) < NEEDLES * 65536, 255, 0)
    planes = seeds.astype(np.uint8).reshape(SHEETS, 1, side, side)
    drawn = motion_blur_planes(planes, needle, needle / 2.5, np.full(SHEETS, degrees))
    return smooth(drawn, 0.5)[:, 0].astype(np.int64) * max(2, needle // 2)
