"""JPEG compression, of Hendrycks & Dietterich (2019), without a codec.

What JPEG loses, it loses in three steps: colours at half the resolution, rounded cosine coefficients, and rounding on
the way back (ITU-T T.81; the tables of its annex K, scaled by quality as the Independent JPEG Group's code does). Those
steps are computed here for many images at once and the same on every machine; the rest of the codec is lossless. The
result is within a few levels of libjpeg's.
"""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.robustness import register_corruption
from nnbench.shifts._draws import Draws
from nnbench.shifts._papers import COMMON_CORRUPTIONS
from nnbench.shifts._pixels import Constants, as_bytes, on_planes

QUALITY = Constants(cifar=(80, 65, 58, 50, 40), tiny=(65, 58, 50, 40, 25), imagenet=(25, 18, 15, 10, 7))
BITS = 12
LUMINANCE = """
16 11 10 16 24 40 51 61 12 12 14 19 26 58 60 55 14 13 16 24 40 57 69 56 14 17 22 29 51 87 80 62
18 22 37 56 68 109 103 77 24 35 55 64 81 104 113 92 49 64 78 87 103 121 120 101 72 92 95 98 112 100 103 99
"""
CHROMINANCE = """
17 18 24 47 99 99 99 99 18 21 26 66 99 99 99 99 24 26 56 99 99 99 99 99 47 66 99 99 99 99 99 99
99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99
"""


@register_corruption("jpeg_compression", kinds=("image",), paper=COMMON_CORRUPTIONS)
@on_planes
def jpeg_compression(planes: Array, severity: int, _draws: Draws) -> Array:
    """Compress and decompress; three channels as colours, with those at half the resolution, others each as grey."""
    quality = QUALITY.of(planes.shape[2:], severity)
    if planes.shape[1] != 3:
        return _compressed(planes, quality, LUMINANCE)
    luma, blue, red = _from_rgb(planes)
    luma = _compressed(luma, quality, LUMINANCE)
    halves = _compressed(_halved(np.concatenate([blue, red], axis=1)), quality, CHROMINANCE)
    colours = _doubled(halves)[:, :, : planes.shape[2], : planes.shape[3]].astype(np.float32) - np.float32(128)
    return _to_rgb(luma.astype(np.float32), colours[:, :1], colours[:, 1:])


def _from_rgb(planes: Array) -> tuple[Array, Array, Array]:
    red, green, blue = (planes[:, i : i + 1].astype(np.int32) for i in range(3))
    luma = (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16
    towards_blue = (-11059 * red - 21709 * green + 32768 * blue + (128 << 16) + 32767) >> 16
    towards_red = (32768 * red - 27439 * green - 5329 * blue + (128 << 16) + 32767) >> 16
    return luma.astype(np.uint8), towards_blue.astype(np.uint8), towards_red.astype(np.uint8)


def _to_rgb(luma: Array, blue: Array, red: Array) -> Array:
    green = np.rint(np.float32(-0.34414) * blue - np.float32(0.71414) * red)
    return np.concatenate(
        [luma + np.rint(np.float32(1.402) * red), luma + green, luma + np.rint(np.float32(1.772) * blue)], axis=1
    )


def _compressed(planes: Array, quality: int, table: str) -> Array:
    """Return planes (n, c, h, w) after rounding the cosine coefficients of blocks of 8 by 8."""
    n, c, h, w = planes.shape
    down, across = -(-h // 8), -(-w // 8)
    wide = np.pad(planes, ((0, 0), (0, 0), (0, 8 * down - h), (0, 8 * across - w)), mode="edge")
    blocks = wide.reshape(n, c, down, 8, across, 8).transpose(0, 1, 2, 4, 3, 5).reshape(-1, 64)
    transform, steps = _cosines(), _steps(quality, table)
    # No sum exceeds 128 · 8 · 2¹², nor back again 2¹¹ · 2¹² (Cauchy and Schwarz), so all are exact in float32.
    coefficients = (blocks.astype(np.float32) - np.float32(128)) @ transform.T
    coefficients /= steps * np.float32(2**BITS)
    np.rint(coefficients, out=coefficients)
    coefficients *= steps
    values = coefficients @ transform
    values *= np.float32(2**-BITS)
    values += np.float32(128)
    values = as_bytes(values)
    back = values.reshape(n, c, down, across, 8, 8).transpose(0, 1, 2, 4, 3, 5).reshape(wide.shape)
    return back[:, :, :h, :w]


@cache
def _cosines() -> Array:
    """Return the orthonormal cosine transform of blocks (64, 64), in whole units of 2^-BITS."""
    frequency, place = np.arange(8)[:, None], np.arange(8)[None]
    basis = np.cos((2 * place + 1) * frequency * np.pi / 16) * np.where(frequency == 0, 0.125**0.5, 0.5)
    return np.asarray(np.rint(np.kron(basis, basis) * 2**BITS), np.float32)


@lru_cache(maxsize=32)
def _steps(quality: int, table: str) -> Array:
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    base = np.array(table.split(), np.int64)
    return np.asarray(np.clip((base * scale + 50) // 100, 1, 255), np.float32)


def _halved(planes: Array) -> Array:
    """Return planes of half the size: means of 2 by 2, rounded up and down in turn as libjpeg does."""
    h, w = planes.shape[2:]
    even = np.pad(planes, ((0, 0), (0, 0), (0, h % 2), (0, w % 2)), mode="edge").astype(np.uint16)
    sums = even[:, :, ::2, ::2] + even[:, :, 1::2, ::2] + even[:, :, ::2, 1::2] + even[:, :, 1::2, 1::2]
    bias = (1 + np.arange(sums.shape[3]) % 2).astype(np.uint16)
    return ((sums + bias) >> np.uint16(2)).astype(np.uint8)


def _doubled(planes: Array) -> Array:
    """Return planes of twice the size: three parts of the nearer pixel and one of the next, along both axes."""
    wide = np.pad(planes, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge").astype(np.uint16)
    n, c, h, w = planes.shape
    near = np.uint16(3) * wide[:, :, 1:-1]
    out = np.empty((n, c, 2 * h, 2 * w), np.uint8)
    for y, rows in enumerate((near + wide[:, :, :-2], near + wide[:, :, 2:])):
        middle = np.uint16(3) * rows[..., 1:-1]
        out[:, :, y::2, ::2] = (middle + rows[..., :-2] + np.uint16(8)) >> np.uint16(4)
        out[:, :, y::2, 1::2] = (middle + rows[..., 2:] + np.uint16(7)) >> np.uint16(4)
    return out
