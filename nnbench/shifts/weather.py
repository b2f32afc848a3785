"""Weather: snow, frost, fog and brightness; of Hendrycks & Dietterich (2019)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.robustness import register_corruption
from nnbench.shifts._draws import Draws
from nnbench.shifts._filters import whole, zoom_matrix
from nnbench.shifts._frost import SHEETS, TINT, frost_sheets
from nnbench.shifts._motion import angles, motion_blur_planes
from nnbench.shifts._papers import COMMON_CORRUPTIONS
from nnbench.shifts._pixels import SHARE_BITS, Constants, as_bytes, on_planes, shares
from nnbench.shifts._plasma import plasma, side_for

# Mean and deviation of the flakes, magnification, threshold, radius and deviation of their fall, share of the image.
SNOW = Constants(
    cifar=(
        (0.1, 0.2, 1, 0.6, 8, 3, 0.95),
        (0.1, 0.2, 1, 0.5, 10, 4, 0.9),
        (0.15, 0.3, 1.75, 0.55, 10, 4, 0.9),
        (0.25, 0.3, 2.25, 0.6, 12, 6, 0.85),
        (0.3, 0.3, 1.25, 0.65, 14, 12, 0.8),
    ),
    tiny=(
        (0.1, 0.2, 1, 0.6, 8, 3, 0.8),
        (0.1, 0.2, 1, 0.5, 10, 4, 0.8),
        (0.15, 0.3, 1.75, 0.55, 10, 4, 0.7),
        (0.25, 0.3, 2.25, 0.6, 12, 6, 0.65),
        (0.3, 0.3, 1.25, 0.65, 14, 12, 0.6),
    ),
    imagenet=(
        (0.1, 0.3, 3, 0.5, 10, 4, 0.8),
        (0.2, 0.3, 2, 0.5, 12, 4, 0.7),
        (0.55, 0.3, 4, 0.9, 12, 8, 0.7),
        (0.55, 0.3, 4.5, 0.85, 12, 8, 0.65),
        (0.55, 0.3, 2.5, 0.85, 12, 12, 0.55),
    ),
)
# Shares of the image and of the frost.
FROST = Constants(
    cifar=((1, 0.2), (1, 0.3), (0.9, 0.4), (0.85, 0.4), (0.75, 0.45)),
    tiny=((1, 0.3), (0.9, 0.4), (0.8, 0.45), (0.75, 0.5), (0.7, 0.55)),
    imagenet=((1, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75)),
)
# Thickness, and how fast the fractal becomes smooth.
FOG = Constants(
    cifar=((0.2, 3), (0.5, 3), (0.75, 2.5), (1, 2), (1.5, 1.75)),
    tiny=((0.4, 3), (0.7, 3), (1, 2.5), (1.5, 2), (2, 1.75)),
    imagenet=((1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4)),
)
BRIGHTNESS = Constants(
    cifar=(0.05, 0.1, 0.15, 0.2, 0.3), tiny=(0.1, 0.2, 0.3, 0.4, 0.5), imagenet=(0.1, 0.2, 0.3, 0.4, 0.5)
)
# Weights of red, green and blue in grey, in units of 2⁻⁸.
LUMA = np.array([77, 150, 29])
ZOOM_BITS = 14


@register_corruption("snow", kinds=("image",), paper=COMMON_CORRUPTIONS)
@on_planes
def snow(planes: Array, severity: int, draws: Draws) -> Array:
    """Whiten the image and let flakes fall over it, each at one angle of 45° to 135°."""
    mean, deviation, zoom, threshold, radius, sigma, share = SNOW.of(planes.shape[2:], severity)
    flakes = _flakes(draws, planes.shape[2], planes.shape[3], mean, deviation, zoom, threshold)
    flakes = motion_blur_planes(flakes, radius, sigma, angles(draws, -135, -45)).astype(np.int16)
    flakes += flakes[:, :, ::-1, ::-1]
    # share · x + (1 − share) · max(x, white), in steps of 2⁻⁶ of a level.
    white = shares(as_bytes(grey(planes)), 1.5 * (1 - share)) + np.int16(round(127.5 * (1 - share) * 2**SHARE_BITS))
    hazy = shares(planes, share)
    hazy += white
    np.maximum(hazy, np.left_shift(planes, SHARE_BITS, dtype=np.int16), out=hazy)
    hazy += np.int16(1 << (SHARE_BITS - 1))
    hazy >>= SHARE_BITS
    hazy += flakes
    return hazy


# At high severities the image is darkened by more than the frost brightens it.
@register_corruption("frost", kinds=("image",), paper=COMMON_CORRUPTIONS, graded=False)
@on_planes
def frost(planes: Array, severity: int, draws: Draws) -> Array:
    """Lay a piece of one of five sheets of frost over the image; the sheets are made by rule, see `_frost`."""
    image_share, frost_share = FROST.of(planes.shape[2:], severity)
    c, h, w = planes.shape[1:]
    side = 4 * side_for(h, w) if max(h, w) <= 64 else 2 * side_for(h, w)
    sheets = frost_sheets(side)
    sheet = draws.integers("sheet", 1, SHEETS)
    top, left = draws.integers("top", 1, side - h + 1), draws.integers("left", 1, side - w + 1)
    rows = ((sheet * side + top) + np.arange(h))[:, :, None] * side
    piece = np.take(sheets.reshape(-1), rows + (left + np.arange(w))[:, None], mode="clip")
    tints = TINT if c == len(TINT) else (1.0,) * c
    shares = np.array([frost_share * tint for tint in tints], np.float32).reshape(c, 1, 1)
    return planes * np.float32(image_share) + piece[:, None] * shares


@register_corruption("fog", kinds=("image",), paper=COMMON_CORRUPTIONS)
@on_planes
def fog(planes: Array, severity: int, draws: Draws) -> Array:
    """Add a plasma fractal and scale the sum back to the brightest value of the image."""
    thickness, decay = FOG.of(planes.shape[2:], severity)
    h, w = planes.shape[2:]
    return in_fog(planes, plasma(draws, side_for(h, w), decay, h, w), thickness)


@register_corruption("brightness", kinds=("image",), paper=COMMON_CORRUPTIONS)
@on_planes
def brightness(planes: Array, severity: int, _draws: Draws) -> Array:
    """Raise the value of hue, saturation and value: the largest channel; the others keep their ratio to it."""
    return brighter(planes, BRIGHTNESS.of(planes.shape[2:], severity))


def in_fog(planes: Array, cloud: Array, thickness: float) -> Array:
    """Return planes with a cloud (n, h, w) of values in [0, 1] in front of them, in float32."""
    brightest = planes.max(axis=(1, 2, 3), keepdims=True).astype(np.float32)
    scale = brightest / (brightest + np.float32(255 * thickness))
    foggy = planes * scale
    foggy += cloud[:, None] * (scale * np.float32(255 * thickness))
    return np.asarray(foggy)


def brighter(planes: Array, amount: float) -> Array:
    """Return planes (n, c, h, w) whose largest channel is raised by `amount` of the range."""
    if planes.shape[1] == 1:
        return np.asarray(np.take(_raised(amount)[:: 256 + 1], planes, mode="clip"))
    value = np.maximum.reduce([planes[:, channel : channel + 1] for channel in range(planes.shape[1])])
    return np.asarray(np.take(_raised(amount), np.left_shift(value, 8, dtype=np.uint16) | planes, mode="clip"))


@lru_cache(maxsize=16)
def _raised(amount: float) -> Array:
    """Return (65536,) bytes: by largest channel · 256 + channel, the channel after raising."""
    value, channel = np.arange(256)[:, None], np.arange(256)[None]
    raised = np.minimum(value + amount * 255, 255)
    levels = np.where(value, channel * raised / np.maximum(value, 1), raised)
    return np.asarray(np.minimum(np.rint(levels), 255).ravel(), np.uint8)


def grey(planes: Array) -> Array:
    """Return luma (n, 1, h, w) of red, green and blue, and the mean of other numbers of channels, in float32."""
    if planes.shape[1] == 1:
        return planes.astype(np.float32)
    if planes.shape[1] != 3:
        total = np.add.reduce(planes, axis=1, keepdims=True, dtype=np.int32)
        return np.asarray(total.astype(np.float32) / np.float32(planes.shape[1]))
    red, green, blue = (planes[:, i : i + 1].astype(np.uint16) * np.uint16(LUMA[i]) for i in range(3))
    return np.asarray((red + green + blue).astype(np.float32) * np.float32(2**-8))


def _flakes(draws: Draws, h: int, w: int, mean: float, deviation: float, zoom: float, threshold: float) -> Array:
    """Return one plane of flakes (n, 1, h, w) in uint8, before they fall."""
    rows, columns = _magnified(h, zoom), _magnified(w, zoom)
    noise = draws.normal("flakes", rows.shape[1] * columns.shape[1]).reshape(-1, rows.shape[1], columns.shape[1])
    # In units of 2⁻¹² of white, whole numbers of at most 14 bits: exact in float64 under both matrices.
    layer = np.rint((mean + deviation * noise.astype(np.float64)) * 2**12)
    if zoom == 1:
        layer *= 2.0**-12
    else:
        layer = rows @ (layer @ columns.T) * 2.0 ** (-12 - 2 * ZOOM_BITS)
    layer *= layer >= threshold
    np.minimum(layer, 1, out=layer)
    layer *= 255
    return layer.astype(np.uint8)[:, None]


@lru_cache(maxsize=32)
def _magnified(size: int, factor: float) -> Array:
    return whole(zoom_matrix(size, factor), ZOOM_BITS)
