"""Parameter counts as published, or as counted from the public code that the variant follows."""

import math

import pytest

from nnbench.core.catalog import create_networks
from nnbench.runtime.abstract import without_values

NOTEBOOK = "the public MNIST-1D notebook"
TORCHVISION = "torchvision, built and counted"
TIMM = "timm, built and counted"
PAPER = "closed form, agrees with the paper"
CONFIGURATION = "closed form from the public configuration"
KERAS_HUB = "keras-hub's presets, and closed form"

# variant, role, trainable, non-trainable, source
PINS = [
    ("mnist1d_logistic", "model", 410, 0, NOTEBOOK),
    ("mnist1d_mlp", "model", 15_210, 0, NOTEBOOK),
    ("mnist1d_cnn", "model", 5_210, 0, NOTEBOOK),
    ("mnist1d_gru", "model", 5_134, 0, NOTEBOOK),
    ("lenet5", "model", 61_706, 0, PAPER),
    ("mnist_convnet", "model", 34_826, 0, "Keras's example prints it"),
    ("resnet20_cifar", "model", 269_722, 1_376, PAPER),
    ("resnet56_cifar", "model", 853_018, 4_064, PAPER),
    ("resnet110_cifar", "model", 1_727_962, 8_096, PAPER),
    ("resnet18", "model", 11_689_512, 9_600, TORCHVISION),
    ("resnet50", "model", 25_557_032, 53_120, TORCHVISION),
    ("resnet101", "model", 44_549_160, 105_344, TORCHVISION),
    ("vit_tiny_patch16", "model", 5_717_416, 0, TIMM),
    ("vit_b_16", "model", 86_567_656, 0, TORCHVISION),
    ("lstm_ptb_medium", "model", 19_775_200, 0, PAPER),
    ("nanogpt_char", "model", 10_745_088, 0, CONFIGURATION),
    ("nanogpt_char_cpu", "model", 804_096, 0, CONFIGURATION),
    ("gpt2", "model", 124_439_808, 0, KERAS_HUB),
    ("gpt2_xl", "model", 1_557_611_200, 0, KERAS_HUB),
    ("gpt3_175b", "model", 174_604_259_328, 0, "closed form from the paper's table"),
    ("dcgan_64", "generator", 3_576_704, 1_920, PAPER),
    ("dcgan_64", "discriminator", 2_765_568, 1_792, PAPER),
]


@pytest.mark.parametrize(("name", "role", "trainable", "non_trainable", "source"), PINS)
def test_count(name, role, trainable, non_trainable, source):
    with without_values():
        network = create_networks(name)[role]
    assert _count(network.trainable_weights) == trainable, source
    assert _count(network.non_trainable_weights) == non_trainable, source


@pytest.mark.parametrize(("name", "blocks"), [("resnet32_cifar", 5), ("resnet44_cifar", 7)])
def test_count_of_cifar_resnets_in_closed_form(name, blocks):
    with without_values():
        network = create_networks(name)["model"]
    stem, head = 9 * 3 * 16 + 32, 64 * 10 + 10
    stages = sum(9 * w * w * (2 * blocks - (w > 16) * 0.5) + 2 * blocks * 2 * w for w in (16, 32, 64))
    assert _count(network.trainable_weights) == stem + stages + head


@pytest.mark.parametrize(("name", "depth", "width"), [("gpt2_medium", 24, 1024), ("gpt2_large", 36, 1280)])
def test_count_of_gpt2_in_closed_form(name, depth, width):
    with without_values():
        network = create_networks(name)["model"]
    assert _count(network.trainable_weights) == (50257 + 1024) * width + depth * width * (12 * width + 13) + 2 * width


def _count(weights):
    return sum(math.prod(w.shape) for w in weights)
