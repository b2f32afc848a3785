"""Parameter counts of GANs and denoisers as published, or as counted from the public code that the variant follows."""

import math

import pytest

from nnbench.core.catalog import create_networks, list_models
from nnbench.metrics.flops import count_flops
from nnbench.runtime.abstract import without_values

AUTHORS = "closed form from the authors' code"
PAPER = "closed form from the paper"
MIMICRY = "closed form from mimicry"
OURS = "closed form of our own variant"

# variant, role, trainable, non-trainable, source
PINS = [
    ("cgan_28", "generator", 2_413_984, 0, PAPER),
    ("cgan_28", "discriminator", 1_224_351, 0, PAPER),
    ("cgan_tiny", "generator", 3_616, 0, OURS),
    ("cgan_tiny", "discriminator", 3_669, 0, OURS),
    ("dcgan_64", "generator", 3_576_704, 1_920, PAPER),
    ("dcgan_64", "discriminator", 2_765_568, 1_792, PAPER),
    ("dcgan_32", "generator", 1_068_928, 896, OURS),
    ("dcgan_32", "discriminator", 663_296, 768, OURS),
    ("dcgan_28", "generator", 759_680, 384, OURS),
    ("dcgan_28", "discriminator", 138_624, 256, OURS),
    ("dcgan_tiny", "generator", 4_384, 32, OURS),
    ("dcgan_tiny", "discriminator", 512, 0, OURS),
    ("mlp_gan", "generator", 484_802, 3_200, AUTHORS),
    ("mlp_gan", "discriminator", 405_201, 0, AUTHORS),
    ("mlp_gan_small", "generator", 17_154, 0, OURS),
    ("mlp_gan_small", "discriminator", 17_025, 0, OURS),
    ("mlp_gan_tiny", "generator", 1_218, 0, OURS),
    ("mlp_gan_tiny", "discriminator", 1_185, 0, OURS),
    ("pacgan2", "generator", 484_802, 3_200, AUTHORS),
    ("pacgan2", "discriminator", 407_201, 0, AUTHORS),
    ("pacgan3", "generator", 484_802, 3_200, AUTHORS),
    ("pacgan3", "discriminator", 409_201, 0, AUTHORS),
    ("pacgan4", "generator", 484_802, 3_200, AUTHORS),
    ("pacgan4", "discriminator", 411_201, 0, AUTHORS),
    ("pacgan_tiny", "generator", 1_218, 0, OURS),
    ("pacgan_tiny", "discriminator", 1_249, 0, OURS),
    # One u per spectrally normalised output; mimicry keeps a v, too.
    ("sngan_32", "generator", 4_276_739, 3_584, MIMICRY),
    ("sngan_32", "discriminator", 1_053_825, 1_281, MIMICRY),
    ("sngan_48", "generator", 4_878_083, 2_816, MIMICRY),
    ("sngan_48", "discriminator", 10_141_441, 4_993, MIMICRY),
    ("sngan_64", "generator", 12_220_675, 5_888, MIMICRY),
    ("sngan_64", "discriminator", 10_141_441, 4_993, MIMICRY),
    ("sngan_128", "generator", 32_150_787, 9_984, MIMICRY),
    ("sngan_128", "discriminator", 29_017_857, 7_041, MIMICRY),
    ("sngan_tiny", "generator", 9_505, 96, OURS),
    ("sngan_tiny", "discriminator", 7_169, 81, OURS),
    ("wgan_gp_32", "generator", 1_204_483, 1_792, AUTHORS),
    ("wgan_gp_32", "discriminator", 1_053_825, 0, AUTHORS),
    ("wgan_gp_mlp", "generator", 527_874, 0, AUTHORS),
    ("wgan_gp_mlp", "discriminator", 527_361, 0, AUTHORS),
    ("wgan_gp_tiny", "generator", 9_505, 96, OURS),
    ("wgan_gp_tiny", "discriminator", 7_169, 0, OURS),
    ("ddpm_32", "denoiser", 35_746_307, 0, "the public code, built and counted"),
    ("ddpm_256", "denoiser", 113_673_219, 0, "the public code, built and counted; 114M in the paper"),
    ("ddpm_256_large", "denoiser", 255_677_955, 0, "closed form; about 256M in the paper"),
    ("ddpm_tiny", "denoiser", 10_709, 0, OURS),
]


@pytest.mark.parametrize(("name", "role", "trainable", "non_trainable", "source"), PINS)
def test_count(name, role, trainable, non_trainable, source):
    with without_values():
        network = create_networks(name)[role]
    found = [
        sum(math.prod(w.shape) for w in group) for group in (network.trainable_weights, network.non_trainable_weights)
    ]
    assert found == [trainable, non_trainable], source


def test_every_variant_is_pinned():
    pinned = {name for name, *_ in PINS}
    assert pinned == {*list_models(family="gan"), *list_models(family="diffusion")}


@pytest.mark.parametrize(("name", "role"), [pin[:2] for pin in PINS])
def test_every_layer_is_counted(name, role):
    with without_values():
        flops = count_flops(create_networks(name)[role])
    assert flops.total > 0
    assert not flops.uncounted


def test_flops_of_ddpm_as_published():
    """6.1 GMACs without the products of attention: Fang, Ma and Wang (2023), Structural pruning for diffusion."""
    with without_values():
        flops = count_flops(create_networks("ddpm_32")["denoiser"])
    products = sum(cost for layer, cost in flops.by_layer.items() if layer.startswith("dot_product_attention"))
    assert products == 2 * (5 * 2 * 256**3 + 2 * 16**2 * 256)
    assert (flops.total - products) / 2 == pytest.approx(6.1e9, rel=0.02)


def test_flops_of_a_spectral_layer_are_those_of_the_plain_one():
    with without_values():
        spectral, plain = (create_networks(name)["discriminator"] for name in ("sngan_32", "wgan_gp_32"))
    assert count_flops(spectral).total == count_flops(plain).total
