"""ConvMixer: patches, mixed in turns by depthwise convolutions over pixels and 1×1 convolutions over maps.

Trockman and Kolter (2022), section 2 and table 1, as timm builds it: size 768/32 has ReLU in place of GELU, which its
published weights were trained with. The size 256/8 is section 3's for CIFAR-10. Layers start as PyTorch's do.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.core.weights import WeightMap
from nnbench.models._convolution import normalization
from nnbench.models._initializers import layer_options
from nnbench.models._inputs import image_input
from nnbench.models._outputs import head, stage

PAPER = Paper("Patches are all you need?", "Trockman and Kolter", 2022, "https://arxiv.org/abs/2201.09792")

VARIANTS: dict[str, dict[str, Any]] = {
    "convmixer_1536_20": {"width": 1536, "depth": 20, "kernel": 9, "patch": 7},
    "convmixer_768_32": {"width": 768, "depth": 32, "kernel": 7, "patch": 7, "activation": "relu"},
    "convmixer_1024_20_ks9_p14": {"width": 1024, "depth": 20, "kernel": 9, "patch": 14},
    "convmixer_256_8": {
        "width": 256,
        "depth": 8,
        "kernel": 9,
        "patch": 1,
        "input_shape": (32, 32, 3),
        "classes": 10,
    },
    "convmixer_tiny": {"width": 16, "depth": 2, "kernel": 5, "patch": 2, "input_shape": (8, 8, 1), "classes": 10},
}

WEIGHTS = WeightMap(
    {
        "patch_embedding": "stem.0",
        "patch_embedding_norm": "stem.2",
        r"block(\d+)_depthwise": "blocks.{1:-1}.0.fn.0",
        r"block(\d+)_depthwise_norm": "blocks.{1:-1}.0.fn.2",
        r"block(\d+)_pointwise": "blocks.{1:-1}.1",
        r"block(\d+)_pointwise_norm": "blocks.{1:-1}.3",
        "logits": "head",
    },
    ignored=(r".*num_batches_tracked",),
)


@register_model(
    family="cnn",
    licence="Apache-2.0",
    paper=PAPER,
    input_shape=(224, 224, 3),
    classes=1000,
    variants=VARIANTS,
    weights={"timm": WEIGHTS},
)
def convmixer(
    input_shape: Shape,
    classes: int,
    *,
    width: int = 768,
    depth: int = 32,
    kernel: int = 7,
    patch: int = 7,
    activation: str = "gelu",
) -> keras.Model:
    """A network that mixes pixels and maps in turns, at one resolution.

    Args:
        width: maps of every layer.
        depth: number of blocks.
        kernel: side of the depthwise kernels.
        patch: side of the square patches; what they do not cover of the image is cut off.
        activation: name of a Keras activation.
    """
    inputs, x = image_input(input_shape, least=patch)
    start = layer_options("torch", patch * patch * x.shape[-1])
    x = keras.layers.Conv2D(width, patch, strides=patch, name="patch_embedding", **start)(x)
    x = _finished(x, activation, "patch_embedding")
    for i in range(1, depth + 1):
        x = stage(block(x, kernel, activation, f"block{i}"), i)
    x = keras.layers.GlobalAveragePooling2D(name="average")(x)
    return keras.Model(inputs, head(x, classes, **layer_options("torch", width)), name="convmixer")


def block(x: Any, kernel: int, activation: str, name: str) -> Any:
    """Return `x` (batch, h, w, width) plus itself mixed over pixels, and the sum mixed over maps."""
    start = layer_options("torch", kernel * kernel)
    h = keras.layers.DepthwiseConv2D(
        kernel,
        padding="same",
        depthwise_initializer=start["kernel_initializer"],
        bias_initializer=start["bias_initializer"],
        name=f"{name}_depthwise",
    )(x)
    h = _finished(h, activation, f"{name}_depthwise")
    x = keras.layers.Add(name=f"{name}_add")([h, x])
    width = x.shape[-1]
    x = keras.layers.Conv2D(width, 1, name=f"{name}_pointwise", **layer_options("torch", width))(x)
    return _finished(x, activation, f"{name}_pointwise")


def _finished(x: Any, activation: str, name: str) -> Any:
    return normalization(keras.layers.Activation(activation, name=f"{name}_{activation}")(x), name=f"{name}_norm")
