"""gMLP: dense layers whose channels are gated by a linear map across positions.

Liu, Dai, So and Le (2021), "Pay attention to MLPs", table 1 (image classification), as timm builds it: the block's
normalisation has ε 1e-6, the gate's 1e-5, and a gate starts open (weights of deviation 1e-6, biases 1). The head starts
at zero as in timm; the paper does not say. The paper's language models (table 3) and stochastic depth are left out.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.core.weights import WeightMap
from nnbench.models._mixing import (
    BIAS_STDDEV,
    added,
    dense,
    head_initializer,
    normalized,
    patch_input,
    pooled_logits,
    swapped,
)
from nnbench.models._outputs import stage

PAPER = Paper("Pay attention to MLPs", "Liu, Dai, So and Le", 2021, "https://arxiv.org/abs/2105.08050")

VARIANTS: dict[str, dict[str, Any]] = {
    "gmlp_ti16": {"width": 128},
    "gmlp_s16": {"width": 256},
    "gmlp_b16": {"width": 512},
    "gmlp_tiny": {
        "patch": 2,
        "width": 16,
        "depth": 2,
        "zero_head": False,
        "input_shape": (8, 8, 1),
        "classes": 10,
    },
}

WEIGHTS = WeightMap(
    {
        "patch_embedding": "stem.proj",
        r"block(\d+)_norm": "blocks.{1:-1}.norm",
        r"block(\d+)_channels(\d)": "blocks.{1:-1}.mlp_channels.fc{2}",
        r"block(\d+)_gate_norm": "blocks.{1:-1}.mlp_channels.gate.norm",
        r"block(\d+)_gate": "blocks.{1:-1}.mlp_channels.gate.proj",
        "norm": "norm",
        "logits": "head",
    }
)

GATE_EPSILON = 1e-5


@register_model(
    family="mlp",
    licence="Apache-2.0",
    paper=PAPER,
    input_shape=(224, 224, 3),
    classes=1000,
    variants=VARIANTS,
    weights={"timm": WEIGHTS},
)
def gmlp(
    input_shape: Shape,
    classes: int,
    *,
    patch: int = 16,
    width: int = 128,
    depth: int = 30,
    ratio: float = 6.0,
    zero_head: bool = True,
) -> keras.Model:
    """Two-layer networks whose hidden channels are gated across patches.

    Args:
        patch: side of the square patches; it divides both sides of the image.
        width: channels of each patch.
        depth: number of blocks.
        ratio: hidden units of a block, as a multiple of `width`; half of them gate the other half.
        zero_head: the last layer starts at zero.

    Raises:
        ArgumentError: an odd number of hidden units, or a shape that `patch` does not divide.
    """
    hidden = int(ratio * width)
    if hidden % 2:
        raise ArgumentError(f"ratio must make the hidden units, ratio · width, even. Received: {hidden} units.")
    inputs, x = patch_input(input_shape, patch, width)
    for i in range(1, depth + 1):
        x = stage(block(x, hidden, f"block{i}"), i)
    x = normalized(x, "norm")
    return keras.Model(inputs, pooled_logits(x, classes, head_initializer(zero_head)), name="gmlp")


def block(x: Any, hidden: int, name: str) -> Any:
    """Return `x` (batch, patches, width) plus its gated two-layer network."""
    h = dense(normalized(x, f"{name}_norm"), hidden, f"{name}_channels1", activation="gelu")
    h = dense(gated(h, f"{name}_gate"), x.shape[-1], f"{name}_channels2")
    return added(x, h, f"{name}_add")


def gated(x: Any, name: str) -> Any:
    """Return the first half of the channels of `x` (batch, patches, channels) times a linear map of the second."""
    kept, gate = keras.ops.split(x, 2, axis=-1)
    gate = swapped(normalized(gate, f"{name}_norm", GATE_EPSILON), f"{name}_to_patches")
    open_at_first = {
        "kernel_initializer": keras.initializers.RandomNormal(stddev=BIAS_STDDEV),
        "bias_initializer": "ones",
    }
    gate = swapped(dense(gate, x.shape[1], name, **open_at_first), f"{name}_to_channels")
    return keras.layers.Multiply(name=f"{name}_multiply")([kept, gate])
