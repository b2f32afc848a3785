"""Parameters and multiply-adds of mobile and modern convolutional networks, as published or as public code has them."""

import math

import pytest

from nnbench.core.catalog import create_model
from nnbench.metrics.flops import count_flops
from nnbench.runtime.abstract import without_values

# variant, trainable, non-trainable, GMACs: torchvision 0.28, built and counted; GMACs of its table of weights, those of
# efficientnet_b2 from the paper's table 2, because torchvision's are for larger images
TORCHVISION = [
    ("mobilenet_v2", 3_504_872, 34_112, 0.301),
    ("mobilenet_v3_large", 5_483_032, 24_400, 0.217),
    ("mobilenet_v3_small", 2_542_856, 12_112, 0.057),
    ("efficientnet_b0", 5_288_548, 42_016, 0.386),
    ("efficientnet_b1", 7_794_184, 62_048, 0.687),
    ("efficientnet_b2", 9_109_994, 67_568, 1.0),
    ("efficientnet_b3", 12_233_232, 87_296, 1.827),
    ("efficientnet_b4", 19_341_616, 125_200, 4.394),
    ("efficientnet_b5", 30_389_784, 172_736, 10.266),
    ("efficientnet_b6", 43_040_704, 224_432, 19.068),
    ("efficientnet_b7", 66_347_960, 310_720, 37.746),
    ("efficientnet_v2_s", 21_458_488, 153_872, 8.366),
    ("efficientnet_v2_m", 54_139_356, 292_032, 24.582),
    ("efficientnet_v2_l", 118_515_272, 512_576, 56.08),
    ("convnext_tiny", 28_589_128, 0, 4.456),
    ("convnext_small", 50_223_688, 0, 8.684),
    ("convnext_base", 88_591_464, 0, 15.355),
    ("convnext_large", 197_767_336, 0, 34.361),
]

# variant, trainable, non-trainable, GMACs: timm 1.0, built and counted; GMACs from the papers' tables, those of narrow
# MobileNets V2 from the authors' code, of small ConvNeXts from timm; None where nobody gives any
TIMM = [
    ("mobilenet_v1", 4_231_976, 21_888, 0.569),
    ("mobilenet_v1_075", 2_585_560, 16_416, 0.325),
    ("mobilenet_v1_050", 1_331_592, 10_944, 0.149),
    ("mobilenet_v1_025", 470_072, 5_472, 0.041),
    ("mobilenet_v2_140", 6_108_776, 47_936, 0.585),
    ("mobilenet_v2_075", 2_636_424, 26_640, 0.209),
    ("mobilenet_v2_050", 1_968_680, 18_544, 0.097),
    ("mobilenet_v2_035", 1_677_128, 14_080, 0.059),
    ("mobilenet_v3_large_125", 7_551_976, 31_008, None),
    ("mobilenet_v3_large_075", 3_993_528, 19_088, 0.155),
    ("mobilenet_v3_large_050", 2_689_904, 12_608, None),
    ("mobilenet_v3_large_035", 2_132_216, 8_992, None),
    ("mobilenet_v3_small_125", 3_205_384, 15_360, None),
    ("mobilenet_v3_small_075", 2_041_872, 9_680, 0.044),
    ("mobilenet_v3_small_050", 1_593_224, 6_496, None),
    ("mobilenet_v3_small_035", 1_358_808, 4_352, None),
    ("efficientnet_v2_b0", 7_139_704, 60_608, 0.73),
    ("efficientnet_v2_b1", 8_141_052, 71_072, 1.21),
    ("efficientnet_v2_b2", 10_096_086, 82_288, 1.72),
    ("efficientnet_v2_b3", 14_358_406, 109_216, 3.04),
    ("efficientnet_v2_xl", 208_119_808, 777_024, 94.0),
    ("convnext_xlarge", 350_196_968, 0, 60.98),
    ("convnext_nano", 15_593_560, 0, 2.46),
    ("convnext_pico", 9_045_672, 0, 1.37),
    ("convnext_femto", 5_217_784, 0, 0.79),
    ("convnext_atto", 3_695_520, 0, 0.55),
]


def convmixer(width, depth, kernel, patch, side, classes):
    """Parameters, statistics and multiply-adds; timm's table of the latter leaves out the depthwise convolutions."""
    stem, block, head = 3 * patch**2 * width, (kernel**2 + width) * width, width * classes
    normalised = (2 * depth + 1) * width
    parameters = stem + depth * block + head + 3 * normalised + classes  # biases, scales and offsets
    return parameters, 2 * normalised, (side // patch) ** 2 * (stem + depth * block) + head


# variant, trainable, non-trainable, GMACs of timm's table, closed form: three are timm's, the last is the paper's for
# CIFAR-10 (0.7M)
CONVMIXERS = [
    ("convmixer_1536_20", 51_625_960, 125_952, 48.68, convmixer(1536, 20, 9, 7, 224, 1000)),
    ("convmixer_768_32", 21_110_248, 99_840, 19.55, convmixer(768, 32, 7, 7, 224, 1000)),
    ("convmixer_1024_20_ks9_p14", 24_383_464, 83_968, 5.55, convmixer(1024, 20, 9, 14, 224, 1000)),
    ("convmixer_256_8", 706_570, 8_704, None, convmixer(256, 8, 9, 1, 32, 10)),
]


@pytest.mark.parametrize(("name", "trainable", "non_trainable", "gmacs"), TORCHVISION + TIMM)
def test_as_in_public_code(name, trainable, non_trainable, gmacs):
    model = built(name)
    assert counts(model) == (trainable, non_trainable)
    flops = count_flops(model)
    assert flops.uncounted == ()
    if gmacs is not None:
        assert flops.total / 2e9 == pytest.approx(gmacs, rel=0.02)


@pytest.mark.parametrize(("name", "trainable", "non_trainable", "gmacs", "closed_form"), CONVMIXERS)
def test_convmixer(name, trainable, non_trainable, gmacs, closed_form):
    model = built(name)
    assert counts(model) == (trainable, non_trainable) == closed_form[:2]
    flops = count_flops(model)
    assert flops.total == 2 * closed_form[2]
    if gmacs is not None:
        without_depthwise = sum(cost for layer, cost in flops.by_layer.items() if not layer.endswith("depthwise"))
        assert without_depthwise / 2e9 == pytest.approx(gmacs, rel=0.01)


# variant, width, depth, millions of parameters, GMACs: the paper's table 2
ISOTROPIC = [
    ("convnext_isotropic_small", 384, 18, 22, 4.3),
    ("convnext_isotropic_base", 768, 18, 87, 16.9),
    ("convnext_isotropic_large", 1024, 36, 306, 59.7),
]


# side, 10⁶ multiply-adds: table 7 of MobileNet V1's paper
RESOLUTIONS = [(224, 569), (192, 418), (160, 290), (128, 186)]


@pytest.mark.parametrize(("side", "mmacs"), RESOLUTIONS)
def test_resolutions_of_mobilenet_v1(side, mmacs):
    with without_values():
        model = create_model("mobilenet_v1", input_shape=(side, side, 3))
    assert count_flops(model).total / 2e6 == pytest.approx(mmacs, rel=0.02)


# variant, millions of parameters, 10⁶ multiply-adds: tables 4 and 5 of MobileNet V1's paper
COMPARED = [("mobilenet_v1_full", 29.3, 4866), ("mobilenet_v1_shallow", 2.9, 307)]


@pytest.mark.parametrize(("name", "millions", "mmacs"), COMPARED)
def test_networks_that_mobilenet_v1_is_compared_with(name, millions, mmacs):
    model = built(name)
    separable = name.endswith("shallow")
    total, before = 27 * 32 + 2 * 32, 32
    for maps, depth in ((64, 1), (128, 2), (256, 2), (512, 1 if separable else 6), (1024, 2)):
        for _ in range(depth):
            total += (9 * before + 2 * before + before * maps if separable else 9 * before * maps) + 2 * maps
            before = maps
    total += 1024 * 1000 + 1000
    assert counts(model)[0] == total
    assert total / 1e6 == pytest.approx(millions, abs=0.05)
    flops = count_flops(model)
    assert flops.uncounted == ()
    assert flops.total / 2e6 == pytest.approx(mmacs, rel=0.02)


@pytest.mark.parametrize(("name", "width", "depth", "millions", "gmacs"), ISOTROPIC)
def test_isotropic_convnext(name, width, depth, millions, gmacs):
    model = built(name)
    block = 50 * width + 2 * width + 8 * width**2 + 5 * width
    expected = (3 * 256 + 1) * width + depth * block + 2 * width + (width + 1) * 1000
    assert counts(model) == (expected, 0)
    assert expected / 1e6 == pytest.approx(millions, abs=0.5)
    assert count_flops(model).total / 2e9 == pytest.approx(gmacs, rel=0.02)


@pytest.mark.parametrize("name", ["unet", "unet_padded"])
def test_unet_in_closed_form(name):
    total, before = 64 * 2 + 2, 1
    for maps in (64, 128, 256, 512, 1024):
        total += 9 * (before * maps + maps * maps) + 2 * maps
        total += (4 * 2 + 9 * 2 + 9) * maps * maps + 3 * maps if maps < 1024 else 0
        before = maps
    model = built(name)
    assert counts(model) == (31_030_658, 0) == (total, 0)
    assert count_flops(model).uncounted == ()


def built(name):
    with without_values():
        return create_model(name)


def counts(model):
    return tuple(
        sum(math.prod(w.shape) for w in part) for part in (model.trainable_weights, model.non_trainable_weights)
    )
