"""Parameters and multiply-adds of the classic convolutional networks, as published or as counted from public code."""

import math

import pytest

from nnbench.core.catalog import create_model
from nnbench.metrics.flops import count_flops
from nnbench.runtime.abstract import without_values

# variant, trainable, non-trainable, published GMACs: torchvision 0.28, built and counted; GMACs of its table of weights
TORCHVISION = [
    ("alexnet", 61_100_840, 0, 0.714),
    ("vgg11", 132_863_336, 0, 7.609),
    ("vgg11_bn", 132_868_840, 5_504, 7.609),
    ("vgg13", 133_047_848, 0, 11.308),
    ("vgg13_bn", 133_053_736, 5_888, 11.308),
    ("vgg16", 138_357_544, 0, 15.47),
    ("vgg16_bn", 138_365_992, 8_448, 15.47),
    ("vgg19", 143_667_240, 0, 19.632),
    ("vgg19_bn", 143_678_248, 11_008, 19.632),
    ("resnet18", 11_689_512, 9_600, 1.814),
    ("resnet34", 21_797_672, 17_024, 3.664),
    ("resnet50", 25_557_032, 53_120, 4.089),
    ("resnet101", 44_549_160, 105_344, 7.801),
    ("resnet152", 60_192_808, 151_424, 11.514),
    ("resnext50_32x4d", 25_028_904, 68_224, 4.23),
    ("resnext101_32x8d", 88_791_336, 202_880, 16.414),
    ("resnext101_64x4d", 83_455_272, 202_880, 15.46),
    ("wide_resnet50_2", 68_883_240, 68_224, 11.398),
    ("wide_resnet101_2", 126_886_696, 137_856, 22.753),
    ("densenet121", 7_978_856, 83_648, 2.834),
    ("densenet161", 28_681_000, 219_936, 7.728),
    ("densenet169", 14_149_480, 158_400, 3.36),
    ("densenet201", 20_013_928, 229_056, 4.291),
    ("squeezenet1_0", 1_248_424, 0, 0.819),
    ("squeezenet1_1", 1_235_496, 0, 0.349),
]

# variant, trainable, non-trainable, published GMACs: timm 1.0, built and counted; GMACs of its benchmark tables
TIMM = [
    ("resnext101_32x4d", 44_177_704, 137_856, 8.01),
    ("resnext101_32x16d", 194_026_792, 332_928, 36.27),
    ("resnext101_32x32d", 468_530_472, 593_024, 87.29),
    ("resnext101_32x48d", 828_411_176, 853_120, 153.57),
]


def network(kernels, normalised, features, classes=10):
    """Each normalised map has a scale and an offset, and a mean and a variance that are not trained."""
    return kernels + 2 * normalised + (features + 1) * classes, 2 * normalised


def resnet(n):
    kernels, normalised = 27 * 16, 16
    for before, maps in ((16, 16), (16, 32), (32, 64)):
        kernels += 9 * before * maps + (2 * n - 1) * 9 * maps * maps
        normalised += 2 * n * maps
    return network(kernels, normalised, 64)


def wrn(depth, k):
    n, before = (depth - 4) // 6, 16
    kernels, normalised = 27 * 16, 64 * k
    for maps in (16 * k, 32 * k, 64 * k):
        kernels += 9 * before * maps + (2 * n - 1) * 9 * maps * maps + before * maps * (before != maps)
        normalised += before + (2 * n - 1) * maps
        before = maps
    return network(kernels, normalised, before)


def densenet(depths, growth, *, bottleneck, stem=27, width=None, normalised=0, classes=10):
    maps = width or (2 * growth if bottleneck else 16)
    kernels = stem * maps
    for number, depth in enumerate(depths):
        if number:
            after = maps // 2 if bottleneck else maps
            kernels, normalised, maps = kernels + maps * after, normalised + maps, after
        for _ in range(depth):
            kernels += 4 * growth * (maps + 9 * growth) if bottleneck else 9 * maps * growth
            normalised += maps + 4 * growth * bottleneck
            maps += growth
    return network(kernels, normalised + maps, maps, classes)


def resnext(depths, groups, group_width, *, stem=49 * 3, classes=1000):
    kernels, normalised, before = stem * 64, 64, 64
    for number, depth in enumerate(depths):
        group, maps = group_width * 2**number, 256 * 2**number
        inner = groups * group
        kernels += before * inner + (depth - 1) * maps * inner + depth * inner * (9 * group + maps) + before * maps
        normalised += depth * (2 * inner + maps) + maps
        before = maps
    return network(kernels, normalised, before, classes)


def wide_resnet(depths, factor):
    kernels, normalised, before = 49 * 3 * 64, 64, 64
    for number, depth in enumerate(depths):
        maps = int(64 * factor * 2**number)
        kernels += 9 * before * maps + (2 * depth - 1) * 9 * maps * maps + before * maps
        normalised += (2 * depth + 1) * maps
        before = maps
    return network(kernels, normalised, before, 1000)


# variant, trainable, non-trainable, millions of parameters that the paper states, closed form
PAPERS = [
    ("resnet20_cifar", 269_722, 1_376, 0.27, resnet(3)),
    ("resnet32_cifar", 464_154, 2_272, 0.46, resnet(5)),
    ("resnet44_cifar", 658_586, 3_168, 0.66, resnet(7)),
    ("resnet56_cifar", 853_018, 4_064, 0.85, resnet(9)),
    ("resnet110_cifar", 1_727_962, 8_096, 1.7, resnet(18)),
    ("resnet1202_cifar", 19_421_274, 89_632, 19.4, resnet(200)),
    ("wrn_40_1", 563_930, 2_720, 0.6, wrn(40, 1)),
    ("wrn_40_2", 2_243_546, 5_408, 2.2, wrn(40, 2)),
    ("wrn_40_4", 8_949_210, 10_784, 8.9, wrn(40, 4)),
    ("wrn_40_8", 35_748_314, 21_536, 35.7, wrn(40, 8)),
    ("wrn_28_10", 36_479_194, 17_952, 36.5, wrn(28, 10)),
    ("wrn_28_12", 52_517_850, 21_536, 52.5, wrn(28, 12)),
    ("wrn_22_8", 17_158_106, 10_784, 17.2, wrn(22, 8)),
    ("wrn_22_10", 26_797_914, 13_472, 26.8, wrn(22, 10)),
    ("wrn_16_8", 10_961_370, 7_200, 11.0, wrn(16, 8)),
    ("wrn_16_10", 17_116_634, 8_992, 17.1, wrn(16, 10)),
    ("wrn_16_4", 2_748_890, 3_616, None, wrn(16, 4)),
    ("wrn_52_1", 758_362, 3_616, None, wrn(52, 1)),
    ("wrn_40_10", 55_841_754, 26_912, None, wrn(40, 10)),
    ("wrn_34_10", 46_160_474, 22_432, None, wrn(34, 10)),
    ("wrn_70_16", 266_796_506, 78_880, None, wrn(70, 16)),
    ("densenet_40_12", 1_019_722, 18_096, 1.0, densenet([12] * 3, 12, bottleneck=False)),
    ("densenet_100_12", 6_979_642, 117_216, 7.0, densenet([32] * 3, 12, bottleneck=False)),
    ("densenet_100_24", 27_249_082, 231_264, 27.2, densenet([32] * 3, 24, bottleneck=False)),
    ("densenet_bc_100_12", 769_162, 23_988, 0.8, densenet([16] * 3, 12, bottleneck=True)),
    ("densenet_bc_250_24", 15_324_406, 257_976, 15.3, densenet([41] * 3, 24, bottleneck=True)),
    ("densenet_bc_190_40", 25_624_430, 256_960, 25.6, densenet([31] * 3, 40, bottleneck=True)),
    (
        "densenet264",
        33_337_704,
        398_528,
        None,
        densenet((6, 12, 64, 48), 32, bottleneck=True, stem=49 * 3, width=64, normalised=64, classes=1000),
    ),
    ("resnext50_2x40d", 25_425_000, 56_896, 25.4, resnext((3, 4, 6, 3), 2, 40)),
    ("resnext50_4x24d", 25_292_968, 60_672, 25.3, resnext((3, 4, 6, 3), 4, 24)),
    ("resnext50_8x14d", 25_603_016, 64_448, 25.6, resnext((3, 4, 6, 3), 8, 14)),
    ("resnext101_2x40d", 44_456_296, 113_472, None, resnext((3, 4, 23, 3), 2, 40)),
    ("resnext101_4x24d", 44_363_432, 121_600, None, resnext((3, 4, 23, 3), 4, 24)),
    ("resnext101_8x14d", 45_104_328, 129_728, None, resnext((3, 4, 23, 3), 8, 14)),
    ("resnext101_2x64d", 84_198_184, 137_856, None, resnext((3, 4, 23, 3), 2, 64)),
    ("resnext101_32x48d", 828_411_176, 853_120, 829, resnext((3, 4, 23, 3), 32, 48)),
    ("resnext29_8x64d", 34_426_698, 57_472, 34.4, resnext((3, 3, 3), 8, 64, stem=27, classes=10)),
    ("resnext29_16x64d", 68_155_210, 100_480, 68.1, resnext((3, 3, 3), 16, 64, stem=27, classes=10)),
    ("wide_resnet18_1_5", 25_875_816, 14_528, 25.9, wide_resnet((2, 2, 2, 2), 1.5)),
    ("wide_resnet18_2", 45_618_216, 19_328, 45.6, wide_resnet((2, 2, 2, 2), 2)),
    ("wide_resnet18_3", 101_783_976, 28_928, 101.8, wide_resnet((2, 2, 2, 2), 3)),
    ("wide_resnet34_1_5", 48_613_608, 25_664, 48.6, wide_resnet((3, 4, 6, 3), 1.5)),
    ("wide_resnet34_2", 86_036_008, 34_176, 86.0, wide_resnet((3, 4, 6, 3), 2)),
]


@pytest.mark.parametrize(("name", "trainable", "non_trainable", "gmacs"), TORCHVISION)
def test_as_in_torchvision(name, trainable, non_trainable, gmacs):
    model = built(name)
    assert counts(model) == (trainable, non_trainable)
    flops = count_flops(model)
    assert flops.uncounted == ()
    assert flops.total / 2e9 == pytest.approx(gmacs, rel=2e-3)


@pytest.mark.parametrize(("name", "trainable", "non_trainable", "gmacs"), TIMM)
def test_as_in_timm(name, trainable, non_trainable, gmacs):
    model = built(name)
    assert counts(model) == (trainable, non_trainable)
    assert count_flops(model).total / 2e9 == pytest.approx(gmacs, rel=0.01)


@pytest.mark.parametrize(("name", "trainable", "non_trainable", "millions", "closed_form"), PAPERS)
def test_as_in_the_paper(name, trainable, non_trainable, millions, closed_form):
    model = built(name)
    assert counts(model) == (trainable, non_trainable) == closed_form
    assert count_flops(model).uncounted == ()
    if millions is not None:
        assert trainable / 1e6 == pytest.approx(millions, rel=2e-3, abs=0.06)


def test_column_c_of_vgg():
    # Where D has three convolutions of 3×3, the third of C is 1×1: eight ninths of its weights less. Table 2 says 134M.
    trainable, _ = counts(built("vgg16_c"))
    assert trainable == 138_357_544 - 8 * (256**2 + 2 * 512**2)
    assert trainable / 1e6 == pytest.approx(134, abs=0.5)


def test_column_a_lrn_of_vgg():
    # Table 2 gives A and A-LRN one count: the normalisation has no weights, and no matrix product.
    lrn, plain = built("vgg11_lrn"), built("vgg11")
    assert counts(lrn) == counts(plain)
    assert count_flops(lrn).total == count_flops(plain).total
    assert [layer.name for layer in lrn.layers if "response" in layer.name] == ["response_norm"]


def test_bypass_of_squeezenet():
    # Complex bypass: a 1×1 convolution with biases around the four fire modules that widen the maps.
    widened = ((96, 128), (128, 256), (256, 384), (384, 512))
    plain, simple, rich = (built(f"squeezenet{name}") for name in ("1_0", "_simple_bypass", "_complex_bypass"))
    assert counts(simple) == counts(plain) == (1_248_424, 0)
    assert count_flops(simple).total == count_flops(plain).total
    assert counts(rich) == (1_248_424 + sum((before + 1) * after for before, after in widened), 0) == (1_589_672, 0)
    assert count_flops(rich).uncounted == ()


@pytest.mark.parametrize(("name", "expected"), [("simple", [3, 5, 7, 9]), ("complex", [2, 3, 4, 5, 6, 7, 8, 9])])
def test_fire_modules_with_bypass(name, expected):
    # Fire modules as the paper numbers them: 2 to 4, 5 to 8, and 9.
    first = {"stage1": 2, "stage2": 5, "stage3": 9}
    names = [layer.name for layer in built(f"squeezenet_{name}_bypass").layers if layer.name.endswith("_add")]
    assert [first[n[:6]] + int(n.split("_")[1][4:]) - 1 for n in names] == expected


def built(name):
    with without_values():
        return create_model(name)


def counts(model):
    return tuple(
        sum(math.prod(w.shape) for w in part) for part in (model.trainable_weights, model.non_trainable_weights)
    )
