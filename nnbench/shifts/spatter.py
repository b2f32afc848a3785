"""Spatter, of Hendrycks & Dietterich (2019): water at severities 1 to 3, mud at 4 and 5.

Mud is the reference's. For water the reference shades the drops by an emboss of the distance to their edges, which it
takes from a chain of OpenCV's functions on bytes (Canny, distance transform, equalised histogram, filters). Here the
distance is computed from the drops themselves and scaled to its largest value where the reference equalises.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.robustness import register_corruption
from nnbench.shifts._draws import Draws
from nnbench.shifts._filters import smooth_field
from nnbench.shifts._papers import COMMON_CORRUPTIONS
from nnbench.shifts._pixels import Constants, on_planes

# Mean and deviation of the liquid, size of the drops, level, strength of water or rim of mud, whether it is mud.
SPATTER = Constants(
    cifar=(
        (0.62, 0.1, 0.7, 0.7, 0.5, False),
        (0.65, 0.1, 0.8, 0.7, 0.5, False),
        (0.65, 0.3, 1, 0.69, 0.5, False),
        (0.65, 0.1, 0.7, 0.69, 0.6, True),
        (0.65, 0.1, 0.5, 0.68, 0.6, True),
    ),
    tiny=(
        (0.62, 0.1, 0.7, 0.7, 0.6, False),
        (0.65, 0.1, 0.8, 0.7, 0.6, False),
        (0.65, 0.3, 1, 0.69, 0.6, False),
        (0.65, 0.1, 0.7, 0.68, 0.6, True),
        (0.65, 0.1, 0.5, 0.67, 0.6, True),
    ),
    imagenet=(
        (0.65, 0.3, 4, 0.69, 0.6, False),
        (0.65, 0.3, 3, 0.68, 0.6, False),
        (0.65, 0.3, 2, 0.68, 0.5, False),
        (0.65, 0.3, 1, 0.65, 1.5, True),
        (0.67, 0.4, 1, 0.65, 1.5, True),
    ),
)
WATER = (175, 238, 238)
MUD = (63, 42, 20)
DENSE = 0.8
FARTHEST = 20
EMBOSS = ((-2, -1, 0), (-1, 1, 1), (0, 1, 2))
NOISE_BITS = 8


@register_corruption("spatter", kinds=("image",), paper=COMMON_CORRUPTIONS, graded=False)
@on_planes
def spatter(planes: Array, severity: int, draws: Draws) -> Array:
    """Throw drops of water or mud; on other than three channels in the grey of the first colour."""
    mean, deviation, size, level, strength, muddy = SPATTER.of(planes.shape[2:], severity)
    layer = liquid(draws, planes.shape[2:], mean, deviation, size)
    if muddy:
        return muddied(planes, layer > level, strength, _colour(MUD, planes.shape[1]))
    layer = np.where(layer < level, 0, layer)
    shade = layer * _embossed(layer > 0)
    shade *= strength / np.maximum(shade.max(axis=(1, 2), keepdims=True), 1e-9)
    return planes + shade.astype(np.float32)[:, None] * _colour(WATER, planes.shape[1])


def liquid(draws: Draws, size: tuple[int, ...], mean: float, deviation: float, drop: float) -> Array:
    """Return smooth noise (n, h, w) in float64, whose highest parts are drops."""
    h, w = size
    noise = np.rint(draws.normal("drops", h * w).reshape(-1, h, w).astype(np.float64) * 2**NOISE_BITS)
    return mean + deviation * smooth_field(noise, drop, 4.0, "edge") * 2.0**-NOISE_BITS


def muddied(planes: Array, drops: Array, rim: float, colour: Array | np.float32) -> Array:
    """Return planes with mud of `colour`, one or (c, 1, 1), where the drops (n, h, w), blurred by `rim`, are dense."""
    dense = smooth_field(drops.astype(np.int64), rim, 4.0, "edge")
    cover = np.where(dense < DENSE, 0, dense).astype(np.float32)[:, None]
    return planes * (1 - cover) + colour * cover


def _colour(colour: tuple[int, int, int], channels: int) -> Array:
    values = colour if channels == len(colour) else colour[:1] * channels
    return np.array(values, np.float32).reshape(-1, 1, 1)


def _embossed(drops: Array) -> Array:
    """Return drops (n, h, w) lit from one side, ≥ 0."""
    from scipy.ndimage import distance_transform_edt

    wide = np.pad(drops, ((0, 0), (1, 1), (1, 1)), mode="edge")
    inside = wide[:, 1:-1, :-2] & wide[:, 1:-1, 2:] & wide[:, :-2, 1:-1] & wide[:, 2:, 1:-1]
    edges = drops & ~inside
    # So far apart that the nearest edge is never in another image.
    distance = np.minimum(distance_transform_edt(~edges, sampling=(4 * max(drops.shape), 1, 1)), FARTHEST)
    bumps = _filtered(_filtered(distance, ((1, 1, 1),) * 3) / 9, EMBOSS)
    return np.asarray(_filtered(np.maximum(bumps, 0), ((1, 1, 1),) * 3) / 9)


def _filtered(field: Array, kernel: tuple[tuple[int, ...], ...]) -> Array:
    wide = np.pad(field, ((0, 0), (1, 1), (1, 1)), mode="reflect")
    h, w = field.shape[1:]
    out = np.zeros(field.shape)
    for y, row in enumerate(kernel):
        for x, weight in enumerate(row):
            out += weight * wide[:, y : y + h, x : x + w]
    return out
