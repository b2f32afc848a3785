"""Swin transformers: attention within windows that shift from block to block, on maps that shrink from stage to stage.

Liu et al. (2021), section 3 and table 7, as torchvision builds them: maps of any size are padded to whole windows,
where timm shrinks the windows. Branches are left out at random while training, at the rates of torchvision, and at
0.2 in the large model as in the paper's fine-tuning. Weights start from a normal distribution of deviation 0.02.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.core.weights import Key, WeightMap
from nnbench.models._initializers import layer_options
from nnbench.models._inputs import image_input
from nnbench.models._outputs import head, stage
from nnbench.models._stochastic_depth import dropped_path, rates
from nnbench.models._transformer import BlockSpec, normal, normalized, two_layers

PAPER = Paper(
    "Swin Transformer: hierarchical vision transformer using shifted windows",
    "Liu et al.",
    2021,
    "https://arxiv.org/abs/2103.14030",
)

T = {"width": 96, "depths": (2, 2, 6, 2), "heads": (3, 6, 12, 24), "stochastic_depth": 0.2}
S = {"width": 96, "depths": (2, 2, 18, 2), "heads": (3, 6, 12, 24), "stochastic_depth": 0.3}
B = {"width": 128, "depths": (2, 2, 18, 2), "heads": (4, 8, 16, 32), "stochastic_depth": 0.5}
L = {"width": 192, "depths": (2, 2, 18, 2), "heads": (6, 12, 24, 48), "stochastic_depth": 0.2}
LARGE_IMAGE = {"window": 12, "input_shape": (384, 384, 3)}
VARIANTS: dict[str, dict[str, Any]] = {
    "swin_mini": {
        "width": 8,
        "depths": (2, 1),
        "heads": (2, 4),
        "patch": 2,
        "window": 2,
        "stochastic_depth": 0.1,
        "input_shape": (8, 8, 3),
        "classes": 10,
    },
    "swin_t": T,
    "swin_s": S,
    "swin_b": B,
    "swin_l": L,
    "swin_base_patch4_window12": {**B, **LARGE_IMAGE},
    "swin_large_patch4_window12": {**L, **LARGE_IMAGE},
}

STDDEV = 0.02
EPSILON = 1e-5

_BLOCK = r"stage(\d+)_block(\d+)_"
_BUFFERS = (r".*relative_position_index", r".*attn_mask")
_TABLE = {"table": "relative_position_bias_table"}
TORCHVISION_WEIGHTS = WeightMap(
    {
        "patch_embedding": "features.0.0",
        "patch_norm": "features.0.2",
        _BLOCK + r"norm1": "features.#.norm1",
        _BLOCK + r"attention": Key("features.#.attn", names=_TABLE),
        _BLOCK + r"attention/qkv": "features.#.attn.qkv",
        _BLOCK + r"attention/projection": "features.#.attn.proj",
        _BLOCK + r"norm2": "features.#.norm2",
        _BLOCK + r"mlp1": "features.#.mlp.0",
        _BLOCK + r"mlp2": "features.#.mlp.3",
        r"stage\d+_merging_norm": "features.#.norm",
        r"stage\d+_merging": "features.#.reduction",
        "norm": "norm",
        "logits": "head",
    },
    ignored=_BUFFERS,
)

_THEIRS = "layers.{1:-1}.blocks.{2:-1}"
TIMM_WEIGHTS = WeightMap(
    {
        "patch_embedding": "patch_embed.proj",
        "patch_norm": "patch_embed.norm",
        _BLOCK + r"norm(\d)": f"{_THEIRS}.norm{{3}}",
        _BLOCK + r"attention": Key(f"{_THEIRS}.attn", names=_TABLE),
        _BLOCK + r"attention/qkv": f"{_THEIRS}.attn.qkv",
        _BLOCK + r"attention/projection": f"{_THEIRS}.attn.proj",
        _BLOCK + r"mlp(\d)": f"{_THEIRS}.mlp.fc{{3}}",
        # They stand at the end of a stage in timm before 0.9, at the start of the next one since.
        r"stage\d+_merging_norm": "layers.#.downsample.norm",
        r"stage\d+_merging": "layers.#.downsample.reduction",
        "norm": "norm",
        "logits": "head.fc",
    },
    ignored=_BUFFERS,
)


@register_model(
    family="transformer",
    licence="BSD-3-Clause",
    paper=PAPER,
    input_shape=(224, 224, 3),
    classes=1000,
    variants=VARIANTS,
    weights={"torchvision": TORCHVISION_WEIGHTS, "timm": TIMM_WEIGHTS},
)
def swin(
    input_shape: Shape,
    classes: int,
    *,
    patch: int = 4,
    width: int = 96,
    depths: Sequence[int] = (2, 2, 6, 2),
    heads: Sequence[int] = (3, 6, 12, 24),
    window: int = 7,
    mlp_ratio: int = 4,
    stochastic_depth: float = 0.0,
) -> keras.Model:
    """A Swin transformer; ``features`` is the mean over the last, normalised map.

    Args:
        patch: side of the square patches; what is left of an image at its ends is not read.
        width: channels of the first stage; every other one halves the map and doubles the channels.
        depths: blocks of each stage; every second one has its windows shifted.
        heads: attention heads of each stage; they divide its channels.
        window: side of the windows.
        mlp_ratio: hidden units of a block's two-layer network, as a multiple of its channels.
        stochastic_depth: rate at which the last block's branches are left out while training; it grows from 0 at the
            first block's.
    """
    _check(width, depths, heads)
    inputs, x = image_input(input_shape, least=patch)
    x = _patches(x, patch, width)
    drops = iter(rates(stochastic_depth, sum(depths)))
    for number, (depth, count) in enumerate(zip(depths, heads, strict=True), 1):
        x = merged(x, f"stage{number}_merging") if number > 1 else x
        spec = BlockSpec(heads=count, mlp_width=mlp_ratio * x.shape[-1], epsilon=EPSILON, stddev=STDDEV)
        for i in range(depth):
            shift = window // 2 if i % 2 else 0
            x = block(x, spec, window, shift, next(drops), f"stage{number}_block{i + 1}")
        x = stage(x, number)
    x = keras.layers.GlobalAveragePooling2D(name="average")(_normalized(x, "norm"))
    return keras.Model(inputs, head(x, classes, kernel_initializer=normal(STDDEV)), name="swin")


def block(x: Any, spec: BlockSpec, window: int, shift: int, drop: float, name: str) -> Any:
    """Return maps `x` (batch, h, w, c) plus attention within windows, plus the two-layer network.

    Args:
        drop: rate at which a branch is left out while training.
    """
    from nnbench.layers.windows import WindowAttention

    attention = WindowAttention(spec.heads, window, shift, normal(spec.stddev), name=f"{name}_attention")
    h = attention(normalized(x, spec, f"{name}_norm1"))
    x = keras.layers.Add(name=f"{name}_add1")([x, dropped_path(h, drop, f"{name}_drop1")])
    h = two_layers(normalized(x, spec, f"{name}_norm2"), spec, name)
    return keras.layers.Add(name=f"{name}_add2")([x, dropped_path(h, drop, f"{name}_drop2")])


def merged(x: Any, name: str) -> Any:
    """Return half the map with twice the channels: four neighbours side by side, normalised, through a linear layer."""
    height, width, channels = x.shape[1:]
    if height % 2 or width % 2:
        x = keras.layers.ZeroPadding2D(((0, height % 2), (0, width % 2)), name=f"{name}_padding")(x)
    height, width = -(-height // 2), -(-width // 2)
    x = keras.layers.Reshape((height, 2, width, 2, channels), name=f"{name}_pairs")(x)
    # The four neighbours stand column by column.
    x = keras.layers.Permute((1, 3, 4, 2, 5), name=f"{name}_order")(x)
    x = _normalized(keras.layers.Reshape((height, width, 4 * channels), name=f"{name}_four")(x), f"{name}_norm")
    return keras.layers.Dense(2 * channels, use_bias=False, kernel_initializer=normal(STDDEV), name=name)(x)


def _patches(x: Any, patch: int, width: int) -> Any:
    options = layer_options("torch", patch * patch * x.shape[-1])
    x = keras.layers.Conv2D(width, patch, strides=patch, name="patch_embedding", **options)(x)
    return _normalized(x, "patch_norm")


def _normalized(x: Any, name: str) -> Any:
    return keras.layers.LayerNormalization(epsilon=EPSILON, name=name)(x)


def _check(width: int, depths: Sequence[int], heads: Sequence[int]) -> None:
    if len(heads) != len(depths):
        raise ArgumentError(f"heads must have one number for each of depths {tuple(depths)}. Received: {tuple(heads)}.")
    for i, count in enumerate(heads):
        if width * 2**i % count:
            raise ArgumentError(f"heads must divide the channels of their stage, {width * 2**i}. Received: {count}.")
