"""Parameters and multiply-adds of vision transformers, as published or as counted from the code that they follow."""

import math

import pytest

from nnbench.core.catalog import create_model
from nnbench.metrics.flops import count_flops
from nnbench.runtime.abstract import without_values

TORCHVISION = "torchvision's metadata"
TIMM = "timm, built and counted"
AUTHORS = "the authors' code, built and counted"

# variant, trainable, source; none has other weights
PINS = [
    ("vit_b_16", 86_567_656, TORCHVISION),
    ("vit_b_32", 88_224_232, TORCHVISION),
    ("vit_l_16", 304_326_632, TORCHVISION),
    ("vit_l_32", 306_535_400, TORCHVISION),
    ("vit_h_14", 632_045_800, TORCHVISION),
    ("vit_tiny_patch16", 5_717_416, TIMM),
    ("vit_small_patch16", 22_050_664, TIMM),
    ("vit_small_patch32", 22_878_952, TIMM),
    ("deit_tiny_patch16", 5_717_416, TIMM),
    ("deit_small_patch16", 22_050_664, TIMM),
    ("deit_base_patch16", 86_567_656, TIMM),
    ("deit_tiny_distilled_patch16", 5_910_800, TIMM),
    ("deit_small_distilled_patch16", 22_436_432, TIMM),
    ("deit_base_distilled_patch16", 87_338_192, TIMM),
    ("swin_t", 28_288_354, TORCHVISION),
    ("swin_s", 49_606_258, TORCHVISION),
    ("swin_b", 87_768_224, TORCHVISION),
    ("swin_l", 196_532_476, "timm's swin_large_patch4_window7_224, built and counted"),
    ("swin_base_patch4_window12", 87_903_584, TIMM),
    ("swin_large_patch4_window12", 196_735_516, TIMM),
    ("cct_2_3x2", 283_723, AUTHORS),
    ("cct_4_3x2", 482_123, AUTHORS),
    ("cct_6_3x1", 3_233_803, AUTHORS),
    ("cct_6_3x2", 3_326_923, AUTHORS),
    ("cct_7_3x1", 3_760_139, AUTHORS),
    ("cct_7_3x2", 3_853_259, AUTHORS),
    ("cct_7_7x2", 4_573_735, AUTHORS),
    ("cct_14_7x2", 22_367_273, AUTHORS),
    ("vit_lite_6_4", 3_190_538, AUTHORS),
    ("vit_lite_6_8", 3_215_114, AUTHORS),
    ("vit_lite_6_16", 3_359_498, AUTHORS),
    ("vit_lite_7_4", 3_716_874, AUTHORS),
    ("vit_lite_7_8", 3_741_450, AUTHORS),
    ("vit_lite_7_16", 3_885_834, AUTHORS),
    ("cvt_6_4", 3_190_283, AUTHORS),
    ("cvt_6_8", 3_214_859, AUTHORS),
    ("cvt_7_4", 3_716_619, AUTHORS),
    ("cvt_7_8", 3_741_195, AUTHORS),
]

# variant, 10⁹ multiply-adds: torchvision's metadata, timm's benchmark tables for those of timm; the last the paper's
GMACS = [
    ("vit_b_16", 17.564),
    ("vit_b_32", 4.409),
    ("vit_l_16", 61.555),
    ("vit_l_32", 15.378),
    ("vit_h_14", 167.295),
    ("vit_tiny_patch16", 1.26),
    ("vit_small_patch16", 4.61),
    ("vit_small_patch32", 1.15),
    ("deit_tiny_patch16", 1.26),
    ("deit_small_patch16", 4.61),
    ("deit_base_patch16", 17.58),
    ("deit_tiny_distilled_patch16", 1.27),
    ("deit_small_distilled_patch16", 4.63),
    ("deit_base_distilled_patch16", 17.68),
    ("swin_t", 4.491),
    ("swin_s", 8.741),
    ("swin_b", 15.431),
    ("swin_l", 34.53),
    ("swin_base_patch4_window12", 47.19),
    ("swin_large_patch4_window12", 103.9),
]


# variant, 10⁹ multiply-adds of the authors' table without the products of attention, blocks, tokens, width
COMPACT_GMACS = [
    ("vit_lite_6_4", 0.205, 6, 65, 256),
    ("vit_lite_7_4", 0.239, 7, 65, 256),
    ("cvt_6_4", 0.202, 6, 64, 256),
    ("cvt_7_4", 0.236, 7, 64, 256),
    ("cct_2_3x2", 0.033, 2, 64, 128),
    ("cct_4_3x2", 0.046, 4, 64, 128),
    ("cct_6_3x1", 0.813, 6, 256, 256),
    ("cct_6_3x2", 0.241, 6, 64, 256),
    ("cct_7_3x1", 0.947, 7, 256, 256),
    ("cct_7_3x2", 0.275, 7, 64, 256),
    ("cct_14_7x2", 5.11, 14, 196, 384),
]


@pytest.mark.parametrize(("name", "trainable", "source"), PINS)
def test_count(name, trainable, source):
    with without_values():
        network = create_model(name)
    assert sum(math.prod(w.shape) for w in network.trainable_weights) == trainable, source
    assert not network.non_trainable_weights, source


@pytest.mark.parametrize(("name", "gmacs"), GMACS)
def test_multiply_adds(name, gmacs):
    with without_values():
        flops = count_flops(create_model(name))
    assert flops.total == pytest.approx(2e9 * gmacs, rel=0.01)
    assert not flops.uncounted


@pytest.mark.parametrize(("name", "gmacs", "depth", "tokens", "width"), COMPACT_GMACS)
def test_multiply_adds_of_compact_transformers(name, gmacs, depth, tokens, width):
    with without_values():
        flops = count_flops(create_model(name))
    products = depth * 2 * tokens**2 * width
    assert flops.total / 2 - products == pytest.approx(1e9 * gmacs, rel=0.02)


@pytest.mark.parametrize(
    ("name", "depth", "patch", "class_tokens"),
    [("vit_lite_6_16", 6, 16, 1), ("vit_lite_7_4", 7, 4, 1), ("cvt_6_4", 6, 4, 0), ("cvt_7_8", 7, 8, 0)],
)
def test_multiply_adds_of_compact_vision_transformers(name, depth, patch, class_tokens):
    with without_values():
        flops = count_flops(create_model(name))
    width, classes, cut = 256, 10, (32 // patch) ** 2
    tokens = cut + class_tokens
    # Eight matrices of width × width in a block; pooling scores the tokens, and sums them.
    blocks = depth * (8 * tokens * width**2 + 2 * tokens**2 * width)
    pooling = 0 if class_tokens else 2 * tokens * width
    assert flops.total / 2 == cut * 3 * patch**2 * width + blocks + pooling + width * classes
    assert not flops.uncounted


def test_cct_14_on_larger_images():
    """The authors' table: 22.51M parameters, 15.02 · 10⁹ multiply-adds."""
    with without_values():
        network = create_model("cct_14_7x2", input_shape=(384, 384, 3))
        flops = count_flops(network)
    further = (24**2 - 14**2) * 384  # positions
    assert sum(math.prod(w.shape) for w in network.weights) == 22_367_273 + further
    assert (22_367_273 + further) / 1e6 == pytest.approx(22.51, abs=0.005)
    assert flops.total / 2 - 14 * 2 * 576**2 * 384 == pytest.approx(15.02e9, rel=0.02)
