"""Contrast, elastic deformation, pixels too large, and saturation; of Hendrycks & Dietterich (2019)."""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.robustness import register_corruption
from nnbench.shifts._draws import Draws
from nnbench.shifts._filters import smooth_field
from nnbench.shifts._gather import sample
from nnbench.shifts._papers import COMMON_CORRUPTIONS
from nnbench.shifts._pixels import SHARE_BITS, Constants, on_pixels, on_planes, shares

CONTRAST = Constants(
    cifar=(0.75, 0.5, 0.4, 0.3, 0.15), tiny=(0.4, 0.3, 0.2, 0.1, 0.05), imagenet=(0.4, 0.3, 0.2, 0.1, 0.05)
)
# Strength and smoothness of the displacements, and jitter of the affine map, as shares of the shorter side. Those of
# ImageNet-C were computed for a side of 244, on images of 224.
ELASTIC = Constants(
    cifar=((0, 0, 0.08), (0.05, 0.2, 0.07), (0.08, 0.06, 0.06), (0.1, 0.04, 0.05), (0.1, 0.03, 0.03)),
    tiny=((0, 0, 0.08), (0.05, 0.3, 0.06), (0.1, 0.08, 0.06), (0.1, 0.03, 0.03), (0.16, 0.03, 0.02)),
    imagenet=(
        (2 * 244 / 224, 0.7 * 244 / 224, 0.1 * 244 / 224),
        (2 * 244 / 224, 0.08 * 244 / 224, 0.2 * 244 / 224),
        (0.05 * 244 / 224, 0.01 * 244 / 224, 0.02 * 244 / 224),
        (0.07 * 244 / 224, 0.01 * 244 / 224, 0.02 * 244 / 224),
        (0.12 * 244 / 224, 0.01 * 244 / 224, 0.02 * 244 / 224),
    ),
)
PIXELATE = Constants(
    cifar=(0.95, 0.9, 0.85, 0.75, 0.65), tiny=(0.9, 0.8, 0.7, 0.6, 0.5), imagenet=(0.6, 0.5, 0.4, 0.3, 0.25)
)
# Factor and offset of the saturation.
SATURATE = Constants(
    cifar=((0.3, 0), (0.1, 0), (1.5, 0), (2, 0.1), (2.5, 0.2)),
    tiny=((0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (30, 0.2)),
    imagenet=((0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (20, 0.2)),
)
FIELD_BITS = 11


@register_corruption("contrast", kinds=("image",), paper=COMMON_CORRUPTIONS)
@on_planes
def contrast(planes: Array, severity: int, _draws: Draws) -> Array:
    """Move every value towards the mean of its channel."""
    share = CONTRAST.of(planes.shape[2:], severity)
    means = np.add.reduce(planes, axis=(2, 3), keepdims=True, dtype=np.int64) / (planes.shape[2] * planes.shape[3])
    offsets = np.rint(means * (1 - share) * 2**SHARE_BITS + 2 ** (SHARE_BITS - 1)).astype(np.int16)
    mixed = shares(planes, share)
    mixed += offsets
    mixed >>= SHARE_BITS
    return mixed


# With ImageNet-C's constants severities 1 and 2 bend strongly and softly, 3 to 5 weakly and finely: no single scale.
@register_corruption("elastic_transform", kinds=("image",), paper=COMMON_CORRUPTIONS, graded=False)
@on_planes
def elastic_transform(planes: Array, severity: int, draws: Draws) -> Array:
    """Map three points of the image to places close by, and shift every pixel by a smooth random field.

    The reference resamples twice; here both maps are joined and the image is read once, which blurs it less.
    """
    h, w = planes.shape[2:]
    strength, smoothness, jitter = (c * min(h, w) for c in ELASTIC.of((h, w), severity))
    y, x = _displaced(draws, h, w, strength, smoothness)
    (a, b, c), (d, e, f) = _affine(draws, h, w, jitter)
    return sample(planes, d * x + e * y + f, a * x + b * y + c, "reflect", max(h, w) // 2)


@register_corruption("pixelate", kinds=("image",), paper=COMMON_CORRUPTIONS)
@on_planes
def pixelate(planes: Array, severity: int, _draws: Draws) -> Array:
    """Shrink by box averages and enlarge by repetition, as Pillow's ``BOX`` filter does."""
    share = PIXELATE.of(planes.shape[2:], severity)
    return _coarser(_coarser(planes, 3, share), 2, share)


# The first two severities take colour away, the others add it.
@register_corruption("saturate", kinds=("image",), paper=COMMON_CORRUPTIONS, graded=False)
@on_pixels
def saturate(pixels: Array, severity: int, _draws: Draws) -> Array:
    """Scale and raise the saturation of hue, saturation and value. A grey image of one channel stays as it is."""
    if pixels.shape[3] != 3:
        return pixels
    factor, offset = SATURATE.of(pixels.shape[1:3], severity)
    value = pixels.max(axis=3, keepdims=True).astype(np.float32)
    lack = value - pixels
    saturation = lack.max(axis=3, keepdims=True) / np.maximum(value, 1)
    wanted = np.clip(saturation * np.float32(factor) + np.float32(offset), 0, 1)
    coloured = value - lack * (wanted / np.where(saturation > 0, saturation, 1))
    # What has no hue counts as red.
    reddened = value * (1 - wanted * np.array([0, 1, 1], np.float32))
    return np.asarray(np.where(saturation > 0, coloured, reddened))


def _coarser(planes: Array, axis: int, share: float) -> Array:
    """Return planes with runs of pixels along an axis replaced by their mean; `share` of the pixels remain distinct."""
    size = planes.shape[axis]
    small = int(size * share)
    starts = np.floor(np.arange(small) * (size / small) + 0.5).astype(np.intp)
    counts = np.diff([*starts, size]).reshape([-1 if a == axis else 1 for a in range(4)])
    sums = np.take(planes, starts, axis=axis).astype(np.uint16)
    for step in range(1, int(counts.max())):
        sums += np.take(planes, np.minimum(starts + step, size - 1), axis=axis) * (counts > step)
    means = sums * (1 / counts).astype(np.float32)
    means += np.float32(0.5)
    repeats = np.floor((np.arange(size) + 0.5) * (small / size)).astype(np.intp)
    return np.asarray(np.take(means.astype(np.uint8), repeats, axis=axis))


def _displaced(draws: Draws, h: int, w: int, strength: float, smoothness: float) -> tuple[Array, Array]:
    """Return the coordinates y and x (n, h, w) of each pixel after the random shifts."""
    places = []
    for axis, grid in (("y", np.arange(h)[:, None]), ("x", np.arange(w)[None])):
        if strength == 0:
            places.append(np.broadcast_to(grid.astype(np.float64), (len(draws.samples), h, w)))
            continue
        bits = draws.shorts(f"shift {axis}", h * w).reshape(-1, h, w) >> (16 - FIELD_BITS - 1)
        field = smooth_field(bits.astype(np.int32) - (1 << FIELD_BITS), smoothness)
        places.append(grid + field * (strength * 2.0**-FIELD_BITS))
    return places[0], places[1]


def _affine(draws: Draws, h: int, w: int, jitter: float) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """Return, for x and for y, the coefficients (n, 1, 1) of x, y and 1 of the maps back from the moved points."""
    third = min(h, w) // 3
    corners = np.array(
        [[w // 2 + third, h // 2 + third], [w // 2 + third, h // 2 - third], [w // 2 - third, h // 2 - third]]
    )
    moved = corners + (2 * draws.uniform("corners", 6).reshape(-1, 3, 2) - 1) * jitter
    u, v = moved[:, 1] - moved[:, 0], moved[:, 2] - moved[:, 0]
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    rows = []
    for axis in (0, 1):
        p, q = (corners[i, axis] - corners[0, axis] for i in (1, 2))
        of_x = (p * v[:, 1] - q * u[:, 1]) / area
        of_y = (q * u[:, 0] - p * v[:, 0]) / area
        of_1 = corners[0, axis] - of_x * moved[:, 0, 0] - of_y * moved[:, 0, 1]
        rows.append(tuple(coefficient[:, None, None] for coefficient in (of_x, of_y, of_1)))
    return rows[0], rows[1]
