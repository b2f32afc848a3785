"""Vision transformers: an image cut into patches, a class token, Transformer blocks.

Dosovitskiy et al. (2021), table 1; the smaller sizes are those of Touvron et al. (2021) and Steiner et al. (2022).
Counts and computation are those of torchvision (``vit_b_16`` …) and timm (``vit_small_patch16`` …). Weights start from
a normal distribution of deviation 0.02 as in timm, where torchvision has Glorot's uniform one for most of them.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.core.weights import Key, WeightMap
from nnbench.models._inputs import image_input
from nnbench.models._outputs import head
from nnbench.models._papers import DEIT
from nnbench.models._transformer import BlockSpec, normal, normalized
from nnbench.models._vision import STDDEV, TIMM_WEIGHTS, encoded

PAPER = Paper(
    "An image is worth 16x16 words: transformers for image recognition at scale",
    "Dosovitskiy et al.",
    2021,
    "https://arxiv.org/abs/2010.11929",
)
AUGREG = Paper(
    "How to train your ViT? Data, augmentation, and regularization in vision transformers",
    "Steiner et al.",
    2022,
    "https://arxiv.org/abs/2106.10270",
)

TIMM = {"licence": "Apache-2.0"}
SMALL_IMAGE = {"input_shape": (28, 28, 1), "classes": 10}
VARIANTS: dict[str, dict[str, Any]] = {
    "vit_micro": {"patch": 4, "width": 16, "depth": 2, "heads": 2, "input_shape": (16, 16, 1), "classes": 10},
    "vit_mini": {"patch": 7, "width": 64, "depth": 4, "heads": 4, **SMALL_IMAGE},
    "vit_tiny_patch16": {"patch": 16, "width": 192, "depth": 12, "heads": 3, "paper": DEIT, **TIMM},
    "vit_small_patch16": {"patch": 16, "width": 384, "depth": 12, "heads": 6, "paper": AUGREG, **TIMM},
    "vit_small_patch32": {"patch": 32, "width": 384, "depth": 12, "heads": 6, "paper": AUGREG, **TIMM},
    "vit_b_16": {"patch": 16, "width": 768, "depth": 12, "heads": 12},
    "vit_b_32": {"patch": 32, "width": 768, "depth": 12, "heads": 12},
    "vit_l_16": {"patch": 16, "width": 1024, "depth": 24, "heads": 16},
    "vit_l_32": {"patch": 32, "width": 1024, "depth": 24, "heads": 16},
    "vit_h_14": {"patch": 14, "width": 1280, "depth": 32, "heads": 16},
}

_LAYER = "encoder.layers.encoder_layer_{1:-1}"
_FUSED = f"{_LAYER}.self_attention.in_proj_"
TORCHVISION_WEIGHTS = WeightMap(
    {
        "class_token": Key("", names={"token": "class_token"}),
        "positions": Key("encoder", names={"embeddings": "pos_embedding"}),
        "patch_embedding": "conv_proj",
        r"block(\d+)_norm(\d)": f"{_LAYER}.ln_{{2}}",
        r"block(\d+)_attention/query": Key(_FUSED, part=(0, 3)),
        r"block(\d+)_attention/key": Key(_FUSED, part=(1, 3)),
        r"block(\d+)_attention/value": Key(_FUSED, part=(2, 3)),
        r"block(\d+)_attention/attention_output": f"{_LAYER}.self_attention.out_proj",
        r"block(\d+)_mlp1": f"{_LAYER}.mlp.0",
        r"block(\d+)_mlp2": f"{_LAYER}.mlp.3",
        "norm": "encoder.ln",
        "logits": "heads.head",
    }
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
def vit(
    input_shape: Shape,
    classes: int,
    *,
    patch: int = 16,
    width: int = 192,
    depth: int = 12,
    heads: int = 3,
    mlp_ratio: int = 4,
    dropout: float = 0.0,
) -> keras.Model:
    """A vision transformer; ``features`` is the normalised class token (batch, width).

    Args:
        patch: side of the square patches; it divides both sides of the image.
        width: dimensions of each token.
        depth: number of blocks.
        heads: attention heads; they divide `width`.
        mlp_ratio: hidden units of a block's two-layer network, as a multiple of `width`.
        dropout: share dropped while training. Attention weights are then dropped too, for which Keras leaves its
            fused attention, also when it predicts.
    """
    inputs, x = image_input(input_shape)
    spec = BlockSpec(heads=heads, mlp_width=mlp_ratio * width, dropout=dropout, stddev=STDDEV)
    x = encoded(x, input_shape, spec, patch=patch, width=width, depth=depth)
    # Normalising after the selection gives the same token as before it, for a fraction of the work.
    x = normalized(x[:, 0], spec, "norm")
    return keras.Model(inputs, head(x, classes, kernel_initializer=normal(STDDEV)), name="vit")
