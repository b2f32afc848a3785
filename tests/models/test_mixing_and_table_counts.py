"""Parameters and FLOPs of the networks of dense layers: neurons, mixers, networks for tables, autoencoders."""

import math

import pytest

from nnbench.core.catalog import create_model, create_networks
from nnbench.metrics.flops import count_flops
from nnbench.runtime.abstract import without_values

TIMM = "timm 1.0, built and counted"
MIXER = "closed form from the paper's table 1; which says 431M"
RESMLP = "closed form from the paper's table 1; which says 116M"
RTDL = "rtdl_revisiting_models 0.0.2, built and counted"
TABM = "tabm 0.0.3, built and counted"
CLOSED = "closed form from the paper's sizes"

# variant, role, trainable, non-trainable, source
PINS = [
    ("perceptron", "model", 10, 0, CLOSED),
    ("adaline", "model", 10, 0, CLOSED),
    ("logistic_regression", "model", 10, 0, CLOSED),
    ("softmax_regression", "model", 7_850, 0, CLOSED),
    ("linear_regression", "model", 11, 0, CLOSED),
    ("mixer_s32", "model", 19_104_624, 0, TIMM),
    ("mixer_s16", "model", 18_528_264, 0, TIMM),
    ("mixer_b32", "model", 60_293_428, 0, TIMM),
    ("mixer_b16", "model", 59_880_472, 0, TIMM),
    ("mixer_l32", "model", 206_939_264, 0, TIMM),
    ("mixer_l16", "model", 208_196_168, 0, TIMM),
    ("mixer_h14", "model", 432_350_952, 0, MIXER),
    ("gmlp_ti16", "model", 5_867_328, 0, TIMM),
    ("gmlp_s16", "model", 19_422_656, 0, TIMM),
    ("gmlp_b16", "model", 73_075_392, 0, TIMM),
    ("resmlp_12", "model", 15_350_872, 0, TIMM),
    ("resmlp_24", "model", 30_020_680, 0, TIMM),
    ("resmlp_36", "model", 44_690_488, 0, TIMM),
    ("resmlp_big_24", "model", 129_138_280, 0, TIMM),
    ("resmlp_b24_16", "model", 115_736_776, 0, RESMLP),
    ("tabular_mlp", "model", 151_681, 0, RTDL),
    ("tabular_resnet", "model", 299_137, 1_152, RTDL),
    ("ft_transformer", "model", 894_913, 0, RTDL),
    ("tabm", "model", 676_128, 0, TABM),
    ("tabm_mini", "model", 546_592, 0, TABM),
    ("tabm_packed", "model", 16_973_856, 0, TABM),
    ("autoencoder", "model", 2_837_314, 0, CLOSED),
    ("autoencoder_2d", "model", 2_823_286, 0, CLOSED),
    ("autoencoder_curves", "model", 842_340, 0, CLOSED),
    ("autoencoder_faces", "model", 7_537_655, 0, CLOSED),
    ("autoencoder_documents", "model", 2_318_760, 0, CLOSED),
    ("autoencoder_documents_2d", "model", 2_316_752, 0, CLOSED),
    ("vae", "decoder", 403_284, 0, CLOSED),
    ("vae", "encoder", 412_540, 0, CLOSED),
    ("vae_3", "decoder", 394_784, 0, CLOSED),
    ("vae_5", "encoder", 397_510, 0, CLOSED),
    ("vae_10", "decoder", 398_284, 0, CLOSED),
    ("vae_200", "encoder", 592_900, 0, CLOSED),
]

# Multiply-adds in units of 10^9: timm's benchmark tables; for mixer_h14 there are none; ResMLP-B24/16 is the paper's.
GMACS = [
    ("mixer_s32", 1.00),
    ("mixer_s16", 3.79),
    ("mixer_b32", 3.24),
    ("mixer_b16", 12.62),
    ("mixer_l32", 11.27),
    ("mixer_l16", 44.60),
    ("gmlp_ti16", 1.34),
    ("gmlp_s16", 4.42),
    ("gmlp_b16", 15.78),
    ("resmlp_12", 3.01),
    ("resmlp_24", 5.96),
    ("resmlp_36", 8.91),
    ("resmlp_big_24", 100.23),
    ("resmlp_b24_16", 23.0),
]


@pytest.mark.parametrize(("name", "role", "trainable", "non_trainable", "source"), PINS)
def test_count(name, role, trainable, non_trainable, source):
    with without_values():
        network = create_networks(name)[role]
    assert _count(network.trainable_weights) == trainable, source
    assert _count(network.non_trainable_weights) == non_trainable, source


@pytest.mark.parametrize(("name", "gmacs"), GMACS)
def test_flops_are_those_published(name, gmacs):
    with without_values():
        flops = count_flops(create_model(name))
    assert not flops.uncounted
    assert flops.total / 2e9 == pytest.approx(gmacs, rel=0.02)


@pytest.mark.parametrize("name", ["ft_transformer", "tabm", "tabm_mini", "tabm_packed", "tabular_resnet", "vae"])
def test_flops_of_every_layer_are_known(name):
    with without_values():
        networks = create_networks(name)
        assert not any(count_flops(network).uncounted for network in networks.values())


def test_members_of_an_ensemble_cost_the_same_whatever_they_share():
    with without_values():
        costs = {name: count_flops(create_model(name)).total for name in ("tabm", "tabm_mini", "tabm_packed")}
    assert set(costs.values()) == {2 * 32 * (8 * 512 + 2 * 512 * 512 + 512)}


def _count(weights):
    return sum(math.prod(w.shape) for w in weights)
