"""The corruptions of images, each beside its definition or another implementation of it."""

import colorsys
import io
import math
from itertools import product

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from scipy.stats import poisson

from nnbench.corruptions import COMMON, corrupt
from nnbench.shifts import Draws
from nnbench.shifts._filters import FIELD, FINE, gaussian_matrix, tap_weights
from nnbench.shifts._gather import gather, sample
from nnbench.shifts._lines import dotted_lines, zigzags
from nnbench.shifts._motion import motion_blur_planes
from nnbench.shifts._pixels import Constants
from nnbench.shifts._plasma import plasma
from nnbench.shifts.blur import ZOOM

BYTES = (0, 255)


def photo(n=4, side=32, channels=3, seed=0):
    """Smooth bytes with some detail, (n, side, side, channels)."""
    rng = np.random.default_rng(seed)
    coarse = ndimage.zoom(rng.uniform(size=(n, 6, 6, channels)), (1, side / 6, side / 6, 1), order=1)
    noisy = 255 * (0.85 * coarse + 0.15 * rng.uniform(size=coarse.shape))
    return noisy.astype(np.uint8)


def changed(name, severity, x, **options):
    return corrupt(x, name, severity, bounds=BYTES, **options).astype(np.float64)


def constant(level, n=40):
    return np.full((n, 32, 32, 3), level, np.uint8)


def test_constants_go_by_area():
    table = Constants((1,) * 5, (2,) * 5, (3,) * 5)
    assert [table.of((h, w), 1) for h, w in ((8, 8), (33, 47), (64, 64), (96, 96), (128, 112), (224, 224))] == [
        *(1, 1, 2, 2, 3, 3)
    ]


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


def test_few_photons_are_counted_one_by_one():
    values, counts = np.unique(changed("mnist_shot_noise", 5, constant(85)), return_counts=True)
    assert values.tolist() == [0, 85, 170, 255]
    expected = [*poisson.pmf([0, 1, 2], 1), poisson.sf(2, 1)]
    np.testing.assert_allclose(counts / counts.sum(), expected, atol=0.005)


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


@pytest.mark.parametrize("degrees", [0, -45, 30, -90, -135])
def test_motion_blur_reads_along_its_angle(degrees):
    planes = photo(2, 32, 2).transpose(0, 3, 1, 2)
    radius, sigma = 8, 2.0
    weights = np.exp(-(np.arange(2 * radius + 1) ** 2) / (2 * sigma**2))
    expected = np.zeros(planes.shape)
    for step, weight in enumerate(weights / weights.sum()):
        down, right = (math.ceil(step * f(math.radians(degrees)) - 0.5 - 1e-9) for f in (math.sin, math.cos))
        rows, columns = np.clip(np.arange(32) + down, 0, 31), np.clip(np.arange(32) + right, 0, 31)
        expected += weight * planes[:, :, rows][..., columns]
    got = motion_blur_planes(planes, radius, sigma, np.array([degrees, degrees]))
    assert np.abs(got - expected).max() < 1.5


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


@pytest.mark.parametrize("reach", [1, 3])
def test_glass_copies_pixel_by_pixel_from_the_last(reach):
    """The reference's loop, as it works on colour images, beside the parallel form."""
    from nnbench.shifts.blur import _copies

    n, h, w = 6, 22, 24
    draws = Draws(3, "glass_blur", np.arange(n))
    index = _copies((h, w), reach, draws, "round 0")
    bits = draws.shorts("round 0", 2 * h * w).astype(np.int64)
    shifts = ((bits * (2 * reach) >> 16) - reach).reshape(n, 2, h, w)
    planes = (np.arange(n * h * w) % 251).astype(np.uint8).reshape(n, 1, h, w)
    expected = planes.copy()
    for i, y, x in product(range(n), range(h - reach, reach, -1), range(w - reach, reach, -1)):
        expected[i, 0, y, x] = expected[i, 0, y + shifts[i, 0, y, x], x + shifts[i, 1, y, x]]
    np.testing.assert_array_equal(gather(planes, index), expected)


def test_mnist_glass_only_moves_pixels():
    from nnbench.shifts.mnist_c import _exchanged

    planes = photo(3, 28, 1).transpose(0, 3, 1, 2)
    moved = _exchanged(planes, 2, Draws(0, "mnist_glass_blur", np.arange(3)), "round 0")
    assert (moved != planes).mean() > 0.3
    np.testing.assert_array_equal(np.sort(moved.reshape(3, -1)), np.sort(planes.reshape(3, -1)))


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


def test_sampling_is_linear_between_pixels():
    planes = np.arange(0, 240, 10, dtype=np.uint8).reshape(1, 1, 4, 6)
    y, x = np.full((1, 4, 6), 1.25), np.full((1, 4, 6), 2.5)
    assert (sample(planes, y, x, "reflect", 2) == 100).all()
    assert (sample(planes, y - 9, x, "constant", 2) == 0).all()


def test_each_image_has_its_own_noise_and_all_channels_the_same_shift():
    x = np.repeat(photo(2, 32, 1), 3, axis=3)
    for name in ("elastic_transform", "glass_blur", "motion_blur", "rotate", "dotted_line"):
        y = changed(name, 4, x)
        np.testing.assert_array_equal(y[..., 0], y[..., 2])


def test_translate_shifts_by_whole_pixels_of_28():
    x = photo(8, 28, 1)
    y = changed("translate", 3, x)
    for before, after in zip(x[..., 0].astype(float), y[..., 0], strict=True):
        shifted = [
            (np.roll(before, (dy, dx), axis=(0, 1))[5:-5, 5:-5] == after[5:-5, 5:-5]).all()
            for dy in (-3, 3)
            for dx in (-3, 3)
        ]
        assert sum(shifted) == 1


def test_rotate_turns_by_four_tenths_of_a_radian():
    x = np.zeros((6, 28, 28, 1), np.uint8)
    x[:, 13:15, 4:24] = 255
    for image in changed("rotate", 2, x)[..., 0]:
        rows, columns = np.nonzero(image > 100)
        slope = np.polyfit(columns, rows, 1)[0]
        assert abs(math.atan(slope)) == pytest.approx(0.4, abs=0.03)


def test_scale_and_shear_keep_the_middle():
    x = np.zeros((4, 29, 29, 1), np.uint8)
    x[:, 14 - 10 : 14 + 11, 2:27] = 255
    assert (changed("scale", 5, x) > 127).sum() == 4 * 11 * 13  # half of 21 by 25
    sheared = changed("shear", 2, x)[..., 0]
    centres = [(image * np.arange(29)).sum(axis=1)[6:23] / image.sum(axis=1)[6:23] for image in sheared]
    slopes = [np.polyfit(np.arange(17), centre, 1)[0] for centre in centres]
    np.testing.assert_allclose(np.abs(slopes), math.sin(0.4) / math.cos(0.4), atol=0.08)


def test_stripe_inverts_a_quarter_on_either_side():
    x = photo(2, 28, 1)
    y = changed("stripe", 5, x)
    np.testing.assert_array_equal(y[:, :, :7], 255 - x[:, :, :7].astype(float))
    np.testing.assert_array_equal(y[:, :, 7:21], x[:, :, 7:21])
    np.testing.assert_array_equal(y[:, :, 21:], 255 - x[:, :, 21:].astype(float))


def test_lines_are_the_papers():
    dotted = dotted_lines(28, 28)
    assert dotted.shape == (27 * 27, 28, 28)
    level = dotted[10 * 27 + 10]  # from row 10 to row 10
    assert level[10].tolist() == [*([0, 0, 255, 255] * 7)[:27], 0]
    assert level[11, 2] == round(255 * (math.log(1 - 1 / 2.3) + 1))
    assert level[13].max() == 0
    drawn = zigzags(28, 28)
    assert drawn.shape == (270, 28, 28)
    columns = np.nonzero(drawn[13 * 10 + 5].max(axis=0))[0]
    assert (columns.min(), columns.max()) == (2, 24)
    assert np.ptp(drawn[13 * 10 + 5].argmax(axis=0)[3:24]) == 4  # two rows up and two down


def test_canny_finds_the_edge_of_a_square():
    x = np.zeros((1, 28, 28, 1), np.uint8)
    x[:, 8:20, 8:20] = 255
    edges = changed("canny_edges", 5, x)[0, ..., 0] > 0
    rows, columns = np.nonzero(edges)
    assert {rows.min(), columns.min()} <= {7, 8}
    assert {rows.max(), columns.max()} <= {19, 20}
    assert not edges[10:18, 10:18].any()


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


@pytest.mark.parametrize("bits", [FINE, FIELD])
def test_weights_are_far_from_where_rounding_turns(bits):
    """So that a last digit of `exp` that differs between machines changes no weight."""
    for size, sigma in ((28, 0.7), (32, 0.4), (32, 1.0), (64, 1.5), (224, 6.0)):
        radius = int(4 * sigma + 0.5)
        weights = np.exp(-0.5 * np.square(np.arange(-radius, radius + 1) / sigma))
        steps = weights / weights.sum() * 2**bits
        assert np.abs(steps - np.floor(steps) - 0.5).min() > 1e-6
        assert (gaussian_matrix(size, sigma, 4.0, "edge", bits).sum(axis=1) == 2**bits).all()


def test_tap_weights_add_to_no_more_than_16_bits_hold():
    for count in (3, 5, 9, 13):
        units = tap_weights(np.full(count, 1 / count))
        assert len(set(units.tolist())) == 1
        assert units.sum() <= 257
