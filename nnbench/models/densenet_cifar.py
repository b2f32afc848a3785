"""DenseNet for CIFAR-size images: three dense blocks, plain or with bottlenecks and compression (BC).

Huang, Liu, van der Maaten and Weinberger (2017), table 2, as in the authors' code: a 3×3 stem without normalisation, of
16 maps, or of 2·growth maps with bottlenecks; He's normal initialisation over fan-out. Without data augmentation the
paper drops a share of 0.2 after each convolution but the first. The linear layer starts as Keras's does.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.models._convolution import convolution
from nnbench.models._initializers import he_normal
from nnbench.models._inputs import image_input
from nnbench.models._outputs import head
from nnbench.models.densenet import PAPER, DenseSpec, dense_stages

BLOCKS = 3

VARIANTS: dict[str, dict[str, Any]] = {
    "densenet_40_12": {"depth": 40, "growth": 12, "bottleneck": False},
    "densenet_100_12": {"depth": 100, "growth": 12, "bottleneck": False},
    "densenet_100_24": {"depth": 100, "growth": 24, "bottleneck": False},
    "densenet_bc_100_12": {"depth": 100, "growth": 12},
    "densenet_bc_250_24": {"depth": 250, "growth": 24},
    "densenet_bc_190_40": {"depth": 190, "growth": 40},
    "densenet_cifar_tiny": {"depth": 10, "growth": 4, "bottleneck": False, "input_shape": (8, 8, 1)},
    "densenet_bc_tiny": {"depth": 16, "growth": 4, "input_shape": (8, 8, 1)},
}


@register_model(
    family="cnn", licence="BSD-3-Clause", paper=PAPER, input_shape=(32, 32, 3), classes=10, variants=VARIANTS
)
def densenet_cifar(
    input_shape: Shape,
    classes: int,
    *,
    depth: int = 100,
    growth: int = 12,
    bottleneck: bool = True,
    dropout: float = 0.0,
) -> keras.Model:
    """Three dense blocks of equal depth, with transitions that halve the image.

    Args:
        depth: layers with weights: 6n + 4 with bottlenecks, else 3n + 4.
        growth: maps that each layer adds (the paper's k).
        bottleneck: DenseNet-BC: a 1×1 convolution in front of each 3×3 one, and transitions that halve the maps.
        dropout: share of values dropped after each convolution but the first while training.

    Raises:
        ArgumentError: another depth, or images too small.
    """
    step = 2 * BLOCKS if bottleneck else BLOCKS
    layers, rest = divmod(depth - 4, step)
    if rest or layers < 1:
        raise ArgumentError(f"depth must be {step}n + 4 with n of at least 1. Received: {depth}.")
    inputs, x = image_input(input_shape, least=2 ** (BLOCKS - 1))
    options = {"use_bias": False, "kernel_initializer": he_normal("fan_out"), "name": "stem"}
    x = convolution(x, 2 * growth if bottleneck else 16, 3, padding=1, **options)
    spec = DenseSpec(growth, bottleneck, dropout, mode="fan_out")
    x = dense_stages(x, [layers] * BLOCKS, 0.5 if bottleneck else 1.0, spec)
    return keras.Model(inputs, head(x, classes), name="densenet_cifar")
