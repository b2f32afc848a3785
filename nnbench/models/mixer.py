"""MLP-Mixer: patches mixed by one two-layer network across positions and one across channels.

Tolstikhin et al. (2021), table 1, as timm builds it; Mixer-H/14, which timm lacks, from the same table. The head starts
at zero as in the authors' code, so an untrained network of a published size gives zeros. Their dropout and stochastic
depth belong to training recipes and are left out.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.core.weights import WeightMap
from nnbench.models._mixing import (
    added,
    head_initializer,
    normalized,
    patch_input,
    pooled_logits,
    swapped,
    two_layers,
)
from nnbench.models._outputs import stage

PAPER = Paper(
    "MLP-Mixer: an all-MLP architecture for vision", "Tolstikhin et al.", 2021, "https://arxiv.org/abs/2105.01601"
)

VARIANTS: dict[str, dict[str, Any]] = {
    "mixer_s32": {"patch": 32, "width": 512, "depth": 8},
    "mixer_s16": {"patch": 16, "width": 512, "depth": 8},
    "mixer_b32": {"patch": 32, "width": 768, "depth": 12},
    "mixer_b16": {"patch": 16, "width": 768, "depth": 12},
    "mixer_l32": {"patch": 32, "width": 1024, "depth": 24},
    "mixer_l16": {"patch": 16, "width": 1024, "depth": 24},
    "mixer_h14": {"patch": 14, "width": 1280, "depth": 32},
    "mixer_tiny": {
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
        r"block(\d+)_norm(\d)": "blocks.{1:-1}.norm{2}",
        r"block(\d+)_(tokens|channels)(\d)": "blocks.{1:-1}.mlp_{2}.fc{3}",
        "norm": "norm",
        "logits": "head",
    }
)


@register_model(
    family="mlp",
    licence="Apache-2.0",
    paper=PAPER,
    input_shape=(224, 224, 3),
    classes=1000,
    variants=VARIANTS,
    weights={"timm": WEIGHTS},
)
def mixer(
    input_shape: Shape,
    classes: int,
    *,
    patch: int = 16,
    width: int = 512,
    depth: int = 8,
    token_ratio: float = 0.5,
    channel_ratio: float = 4.0,
    zero_head: bool = True,
) -> keras.Model:
    """Two-layer networks in turn across patches and across channels.

    Args:
        patch: side of the square patches; it divides both sides of the image.
        width: channels of each patch.
        depth: number of blocks.
        token_ratio: hidden units of the network across patches, as a multiple of `width`.
        channel_ratio: hidden units of the network across channels, as a multiple of `width`.
        zero_head: the last layer starts at zero, as published.
    """
    inputs, x = patch_input(input_shape, patch, width)
    for i in range(1, depth + 1):
        x = stage(block(x, int(token_ratio * width), int(channel_ratio * width), f"block{i}"), i)
    x = normalized(x, "norm")
    return keras.Model(inputs, pooled_logits(x, classes, head_initializer(zero_head)), name="mixer")


def block(x: Any, token_hidden: int, channel_hidden: int, name: str) -> Any:
    """Return `x` (batch, patches, width) mixed across patches, then across channels."""
    h = swapped(normalized(x, f"{name}_norm1"), f"{name}_to_patches")
    h = swapped(two_layers(h, token_hidden, f"{name}_tokens"), f"{name}_to_channels")
    x = added(x, h, f"{name}_add1")
    h = two_layers(normalized(x, f"{name}_norm2"), channel_hidden, f"{name}_channels")
    return added(x, h, f"{name}_add2")
