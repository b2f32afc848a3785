"""The common corruptions of images, each beside its definition or another implementation of it."""

import colorsys
import io
import math

import numpy as np
import pytest
from photos import BYTES, changed, constant, photo
from PIL import Image
from scipy import ndimage

from nnbench.corruptions import COMMON, corrupt
from nnbench.shifts import Draws
from nnbench.shifts._plasma import plasma
from nnbench.shifts.blur import ZOOM


@pytest.mark.parametrize(("severity", "deviation"), [(1, 0.04), (5, 0.10)])
def test_gaussian_noise(severity, deviation):
    noise = changed("gaussian_noise", severity, constant(128)) - 128
    assert noise.mean() == pytest.approx(0, abs=0.2)
    assert noise.std() == pytest.approx(255 * deviation, rel=0.01)


@pytest.mark.parametrize(("severity", "photons"), [(1, 500), (5, 50)])
def test_shot_noise_is_poisson(severity, photons):
    counts = changed("shot_noise", severity, constant(102)) / 255 * photons
    assert counts.mean() == pytest.approx(0.4 * photons, rel=0.005)
    assert counts.var() == pytest.approx(0.4 * photons, rel=0.03)


def test_impulse_noise_sets_its_share_half_to_either_end():
    y = changed("impulse_noise", 5, constant(128))
    assert np.mean(y == 0) == pytest.approx(0.035, abs=0.002)
    assert np.mean(y == 255) == pytest.approx(0.035, abs=0.002)
    assert np.mean(y == 128) == pytest.approx(0.93, abs=0.003)


def test_speckle_noise_grows_with_the_value():
    deviations = [changed("speckle_noise", 3, constant(level)).std() for level in (50, 100)]
    np.testing.assert_allclose(deviations, [6, 12], rtol=0.03)


@pytest.mark.parametrize("severity", [1, 3, 5])
def test_gaussian_blur_is_scipys(severity):
    x = photo()
    sigma = (0.4, 0.6, 0.7, 0.8, 1)[severity - 1]
    expected = ndimage.gaussian_filter(x.astype(float), (0, sigma, sigma, 0), mode="nearest")
    assert np.abs(changed("gaussian_blur", severity, x) - expected).max() < 0.8


@pytest.mark.parametrize(("severity", "kernel"), [(4, [[0, 1, 0], [1, 1, 1], [0, 1, 0]]), (5, np.ones((3, 3)))])
def test_defocus_blur_is_a_disk(severity, kernel):
    x, kernel = photo(), np.array(kernel, float)
    expected = ndimage.convolve(x.astype(float), (kernel / kernel.sum())[None, :, :, None], mode="mirror")
    assert np.abs(changed("defocus_blur", severity, x) - expected).max() < 0.8


def test_large_disks_are_sums_of_lines():
    x = photo(1, 160, 1)
    reach = np.arange(-3, 4)
    disk = (reach[:, None] ** 2 + reach[None] ** 2 <= 9).astype(float)
    expected = ndimage.convolve(x.astype(float), (disk / disk.sum())[None, :, :, None], mode="mirror")
    assert np.abs(changed("defocus_blur", 1, x) - expected).max() < 1.1


@pytest.mark.parametrize("side", [32, 80])
def test_zoom_blur_is_scipys(side):
    x = photo(1, side)
    table = ZOOM.cifar if side == 32 else ZOOM.tiny
    factors = np.arange(1, *table[4])

    def zoomed(image, factor):
        crop = math.ceil(side / factor)
        top = (side - crop) // 2
        image = ndimage.zoom(image[top : top + crop, top : top + crop], (factor, factor, 1), order=1)
        trim = (len(image) - side) // 2
        return image[trim : trim + side, trim : trim + side]

    image = x[0].astype(np.float64)
    expected = (image + sum(zoomed(image, factor) for factor in factors)) / (len(factors) + 1)
    assert np.abs(changed("zoom_blur", 5, x)[0] - expected).max() < 1


def test_brightness_raises_the_value_of_hsv():
    x = photo(1, 32)
    y = changed("brightness", 5, x)[0]
    for row, column in ((0, 0), (5, 20), (31, 31)):
        hue, saturation, value = colorsys.rgb_to_hsv(*x[0, row, column] / 255)
        expected = np.array(colorsys.hsv_to_rgb(hue, saturation, min(value + 0.3, 1))) * 255
        assert np.abs(y[row, column] - expected).max() <= 0.5 + 1e-6


def test_saturate_scales_the_saturation_of_hsv():
    x = photo(1, 32)
    x[0, 0, 0] = 90
    y = changed("saturate", 5, x)[0]
    for row, column in ((0, 0), (5, 20), (31, 31)):
        hue, saturation, value = colorsys.rgb_to_hsv(*x[0, row, column] / 255)
        expected = np.array(colorsys.hsv_to_rgb(hue, min(saturation * 2.5 + 0.2, 1), value)) * 255
        assert np.abs(y[row, column] - expected).max() <= 0.5 + 1e-3


def test_contrast_moves_towards_the_mean_of_a_channel():
    x = photo()
    means = x.mean(axis=(1, 2), keepdims=True)
    assert np.abs(changed("contrast", 4, x) - ((x - means) * 0.3 + means)).max() < 0.6


@pytest.mark.parametrize("severity", [1, 2, 3, 4, 5])
def test_pixelate_is_pillows_box(severity):
    x = photo(2)
    small = int(32 * (0.95, 0.9, 0.85, 0.75, 0.65)[severity - 1])
    for image, got in zip(x, changed("pixelate", severity, x), strict=True):
        resized = Image.fromarray(image).resize((small, small), Image.Resampling.BOX)
        np.testing.assert_array_equal(got, resized.resize((32, 32), Image.Resampling.BOX))


@pytest.mark.parametrize("shape", [(32, 32, 3), (33, 47, 3), (30, 41, 1)])
def test_jpeg_is_pillows_within_a_few_levels(shape):
    x = photo(1, 48)[:, : shape[0], : shape[1], : shape[2]]
    file = io.BytesIO()
    Image.fromarray(x[0].squeeze()).save(file, "JPEG", quality=40)
    expected = np.asarray(Image.open(file), np.float64).reshape(shape)
    difference = np.abs(changed("jpeg_compression", 5, x)[0] - expected)
    assert difference.mean() < 0.7
    assert np.abs(expected - x[0]).mean() > 3


def test_fog_is_the_plasma_scaled_to_the_brightest_value():
    x = photo(2)
    cloud = plasma(Draws(0, "fog", np.arange(2)), 32, 1.75, 32, 32)
    assert cloud.min(axis=(1, 2)).tolist() == [0, 0]
    assert cloud.max(axis=(1, 2)).tolist() == [1, 1]
    brightest = x.reshape(2, -1).max(axis=1)[:, None, None, None] / 255
    expected = (x / 255 + 1.5 * cloud[..., None]) * brightest / (brightest + 1.5) * 255
    assert np.abs(changed("fog", 5, x) - expected).max() < 0.51


def test_snow_and_frost_only_add_white():
    x = constant(40, 6)
    for name in ("snow", "frost"):
        y = changed(name, 1, x)
        assert y.min() >= 39
        assert y.std() > 3


def test_elastic_at_severity_1_is_affine():
    """Straight lines stay straight: the second differences of a slope stay 0."""
    slope = np.broadcast_to(60 + 4 * np.arange(32)[None, :, None, None], (3, 32, 32, 1)).astype(np.uint8)
    middle = changed("elastic_transform", 1, slope)[:, 8:24, 8:24, 0]
    assert np.abs(np.diff(middle, 2, axis=1)).max() <= 2
    assert np.abs(np.diff(changed("elastic_transform", 5, slope)[:, 8:24, 8:24, 0], 2, axis=1)).max() > 2


def test_each_image_has_its_own_noise_and_all_channels_the_same_shift():
    x = np.repeat(photo(2, 32, 1), 3, axis=3)
    for name in ("elastic_transform", "glass_blur", "motion_blur", "rotate", "dotted_line"):
        y = changed(name, 4, x)
        np.testing.assert_array_equal(y[..., 0], y[..., 2])


def test_spatter_is_water_and_then_mud():
    x = constant(10, 4)
    water = changed("spatter", 3, x).max(axis=(0, 1, 2))
    mud = changed("spatter", 5, x).max(axis=(0, 1, 2))
    assert water[2] > water[0] > 20
    np.testing.assert_allclose(mud, [63, 42, 20], atol=1)


def test_all_common_corruptions_differ():
    x = photo(2)
    results = {corrupt(x, name, 3, bounds=BYTES).tobytes() for name in COMMON}
    assert len(results) == 15
