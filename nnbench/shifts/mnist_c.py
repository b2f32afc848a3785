"""MNIST-C: Mu & Gilmer (2019), MNIST-C: a robustness benchmark for computer vision, https://arxiv.org/abs/1906.02337.

The paper publishes each corruption at one severity, which the specs state. Where its code has five constants, the other
severities are those; where it has one (stripe, dotted line, zigzag, Canny edges), severity 5 is the paper's and s is
s / 5 of the way there. Lengths are those of its images of 28 × 28, scaled with other sizes where they are places or
shifts rather than filters. On images of several channels all channels get the same lines, places and edges.

The corruptions that bear the name of a common one (``mnist_…``) have ImageNet-C's constants, as in the paper.
"""

from __future__ import annotations

import math

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.robustness import register_corruption
from nnbench.shifts._canny import canny
from nnbench.shifts._draws import Draws
from nnbench.shifts._filters import smooth
from nnbench.shifts._gather import sample
from nnbench.shifts._lines import SIDE, SLOPES, dotted_lines, zigzags
from nnbench.shifts._motion import angles, motion_blur_planes
from nnbench.shifts._papers import MNIST_C
from nnbench.shifts._pixels import as_bytes, on_pixels, on_planes
from nnbench.shifts._plasma import plasma, side_for
from nnbench.shifts.blur import GLASS, MOTION
from nnbench.shifts.noise import IMPULSE, SHOT, impulses, shot
from nnbench.shifts.spatter import MUD, SPATTER, liquid, muddied
from nnbench.shifts.weather import BRIGHTNESS, FOG, brighter, grey, in_fog

IMAGES = ("image",)
ANGLES = (0.2, 0.4, 0.6, 0.8, 1.0)
"""Of rotation and shear, in radians."""
SCALES = (0.9, 0.8, 0.7, 0.6, 0.5)
SHIFTS = (1, 2, 3, 4, 5)
"""Pixels of 28."""
FOG_SIDE = 256


@register_corruption("mnist_shot_noise", kinds=IMAGES, paper=MNIST_C, severity=5)
@on_pixels
def mnist_shot_noise(pixels: Array, severity: int, draws: Draws) -> Array:
    """Replace each value by a Poisson count of that mean."""
    return shot(pixels, SHOT.imagenet[severity - 1], draws)


@register_corruption("mnist_impulse_noise", kinds=IMAGES, paper=MNIST_C, severity=4)
@on_pixels
def mnist_impulse_noise(pixels: Array, severity: int, draws: Draws) -> Array:
    """Set a share of the values to the lowest or the highest."""
    return impulses(pixels, IMPULSE.imagenet[severity - 1], draws)


@register_corruption("mnist_glass_blur", kinds=IMAGES, paper=MNIST_C, severity=1)
@on_planes
def mnist_glass_blur(planes: Array, severity: int, draws: Draws) -> Array:
    """Blur, exchange each pixel by a chance of one half with a close one, and blur again."""
    sigma, reach, rounds = GLASS.imagenet[severity - 1]
    planes = smooth(planes, sigma)
    for turn in range(rounds):
        planes = _exchanged(planes, reach, draws, f"round {turn}")
    return smooth(planes, sigma)


@register_corruption("mnist_motion_blur", kinds=IMAGES, paper=MNIST_C, severity=1)
@on_planes
def mnist_motion_blur(planes: Array, severity: int, draws: Draws) -> Array:
    """Blur along a line of −45° to 45°."""
    return motion_blur_planes(planes, *MOTION.imagenet[severity - 1], angles(draws, -45, 45))


@register_corruption("mnist_brightness", kinds=IMAGES, paper=MNIST_C, severity=5)
@on_planes
def mnist_brightness(planes: Array, severity: int, _draws: Draws) -> Array:
    """Raise the largest channel; the others keep their ratio to it."""
    return brighter(planes, BRIGHTNESS.imagenet[severity - 1])


# Higher severities make the fractal rougher, at much the same thickness.
@register_corruption("mnist_fog", kinds=IMAGES, paper=MNIST_C, severity=5, graded=False)
@on_planes
def mnist_fog(planes: Array, severity: int, draws: Draws) -> Array:
    """Add the corner of a plasma fractal of side 256 and scale back."""
    thickness, decay = FOG.imagenet[severity - 1]
    h, w = planes.shape[2:]
    return in_fog(planes, plasma(draws, max(FOG_SIDE, side_for(h, w)), decay, h, w), thickness)


# Severities 1 to 3 have larger drops, 4 and 5 more of them.
@register_corruption("mnist_spatter", kinds=IMAGES, paper=MNIST_C, severity=4, graded=False)
@on_planes
def mnist_spatter(planes: Array, severity: int, draws: Draws) -> Array:
    """Throw drops of mud, at every severity."""
    mean, deviation, size, level, rim, _ = SPATTER.imagenet[severity - 1]
    drops = liquid(draws, planes.shape[2:], mean, deviation, size) > level
    return muddied(planes, drops, rim, np.float32(MUD[0]))


@register_corruption("shear", kinds=IMAGES, paper=MNIST_C, severity=2)
@on_planes
def shear(planes: Array, severity: int, draws: Draws) -> Array:
    """Shear to the left or the right about the middle."""
    angle = ANGLES[severity - 1] * draws.signs("direction", 1)[:, 0]
    sines = math.sin(ANGLES[severity - 1]) * np.sign(angle)
    return _warped(planes, [[1.0, -sines], [0.0, math.cos(ANGLES[severity - 1])]])


@register_corruption("rotate", kinds=IMAGES, paper=MNIST_C, severity=2)
@on_planes
def rotate(planes: Array, severity: int, draws: Draws) -> Array:
    """Turn to the left or the right about the middle."""
    cosine, sines = math.cos(ANGLES[severity - 1]), math.sin(ANGLES[severity - 1]) * draws.signs("direction", 1)[:, 0]
    return _warped(planes, [[cosine, -sines], [sines, cosine]])


@register_corruption("scale", kinds=IMAGES, paper=MNIST_C, severity=3)
@on_planes
def scale(planes: Array, severity: int, _draws: Draws) -> Array:
    """Shrink towards the middle."""
    factor = 1 / SCALES[severity - 1]
    return _warped(planes, [[factor, 0.0], [0.0, factor]])


@register_corruption("translate", kinds=IMAGES, paper=MNIST_C, severity=3)
@on_planes
def translate(planes: Array, severity: int, draws: Draws) -> Array:
    """Shift along both axes, each in one of its directions; what comes in is empty."""
    shifts = SHIFTS[severity - 1] * draws.signs("direction", 2)[:, :, None, None]
    h, w = planes.shape[2:]
    y = np.arange(h)[:, None] + shifts[:, 1] * (h / 28) + np.zeros(w)
    x = np.arange(w) + shifts[:, 0] * (w / 28) + np.zeros((h, 1))
    return sample(planes, y, x, "constant", 2)


@register_corruption("stripe", kinds=IMAGES, paper=MNIST_C, severity=5)
@on_pixels
def stripe(pixels: Array, severity: int, _draws: Draws) -> Array:
    """Invert the first and the last quarter of the columns."""
    quarter = round(pixels.shape[2] / 4)
    inverted = pixels.copy()
    for columns in (slice(None, quarter), slice(pixels.shape[2] - quarter, None)):
        inverted[:, :, columns] = 255 - pixels[:, :, columns]
    return _on_the_way(pixels, inverted, severity)


@register_corruption("dotted_line", kinds=IMAGES, paper=MNIST_C, severity=5)
@on_planes
def dotted_line(planes: Array, severity: int, draws: Draws) -> Array:
    """Draw a dotted line from the left to the right."""
    ends = draws.integers("ends", 2, SIDE)
    lines = dotted_lines(*planes.shape[2:])[ends[:, 0] * SIDE + ends[:, 1]]
    return planes + _on_the_way(np.zeros_like(lines), lines, severity)[:, None].astype(np.uint16)


@register_corruption("zigzag", kinds=IMAGES, paper=MNIST_C, severity=5)
@on_planes
def zigzag(planes: Array, severity: int, draws: Draws) -> Array:
    """Draw a zigzag from the left to the right."""
    which = draws.integers("start", 1, SIDE)[:, 0] * len(SLOPES) + draws.integers("slope", 1, len(SLOPES))[:, 0]
    lines = zigzags(*planes.shape[2:])[which]
    return planes + _on_the_way(np.zeros_like(lines), lines, severity)[:, None].astype(np.uint16)


@register_corruption("canny_edges", kinds=IMAGES, paper=MNIST_C, severity=5)
@on_planes
def canny_edges(planes: Array, severity: int, _draws: Draws) -> Array:
    """Keep nothing but the edges, in white."""
    edges = canny(as_bytes(grey(planes))[:, 0])[:, None] * np.uint8(255)
    return _on_the_way(planes, np.broadcast_to(edges, planes.shape), severity)


def _on_the_way(before: Array, after: Array, severity: int) -> Array:
    """Return `severity` / 5 of the way between two arrays of bytes, rounded."""
    if severity == 5:
        return after
    mixed = before.astype(np.uint16) * np.uint16(5 - severity) + after.astype(np.uint16) * np.uint16(severity)
    return np.asarray((mixed + np.uint16(2)) // np.uint16(5))


def _warped(planes: Array, matrix: list[list[Array | float]]) -> Array:
    """Return planes read at places given by matrices, (n,) or the same for all, about the middle; outside is empty."""
    n, _, h, w = planes.shape
    y, x = np.arange(h)[:, None] - (h - 1) / 2, np.arange(w)[None] - (w - 1) / 2
    (a, b), (c, d) = [[np.broadcast_to(entry, n)[:, None, None] for entry in row] for row in matrix]
    return sample(planes, c * x + d * y + (h - 1) / 2, a * x + b * y + (w - 1) / 2, "constant", 2)


def _exchanged(planes: Array, reach: int, draws: Draws, stream: str) -> Array:
    """Return planes after each pixel, from the last to the first, was exchanged with a close one or not.

    One exchange builds on the others, so they follow each other; all samples make theirs at once.
    """
    n, c, h, w = planes.shape
    bits = draws.shorts(stream, 3 * h * w).astype(np.int64).reshape(n, 3, h, w)
    target = (((bits[:, :2] * (2 * reach)) >> 16) - reach) * (bits[:, 2:] >> 15)
    place = np.arange(h * w).reshape(h, w) + target[:, 0] * w + target[:, 1]
    pixels, everyone = np.ascontiguousarray(planes.reshape(n, c, -1).transpose(2, 0, 1)), np.arange(n)
    for y in range(h - reach, reach, -1):
        for x in range(w - reach, reach, -1):
            there = place[:, y, x]
            moved = pixels[there, everyone]
            pixels[there, everyone] = pixels[y * w + x]
            pixels[y * w + x] = moved
    return np.ascontiguousarray(pixels.transpose(1, 2, 0)).reshape(planes.shape)
