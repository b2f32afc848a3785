"""DeiT: vision transformers trained on ImageNet alone, with a teacher.

Touvron et al. (2021), table 1, as timm builds them. The distilled ones read a second token, which learns the labels of
the teacher, and give the mean of two heads; a training with a teacher takes both heads from the layers ``class_logits``
and ``distillation_logits``. Their ``features`` are both tokens side by side, so that a new head reads all that the two
heads read; timm's ``pre_logits`` are the tokens' mean.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.weights import Key, WeightMap
from nnbench.models._inputs import image_input
from nnbench.models._outputs import head, output_dtype
from nnbench.models._papers import DEIT
from nnbench.models._transformer import BlockSpec, normal, normalized
from nnbench.models._vision import STDDEV, TIMM, encoded

SIZES: dict[str, dict[str, Any]] = {
    "tiny": {"width": 192, "heads": 3},
    "small": {"width": 384, "heads": 6},
    "base": {"width": 768, "heads": 12},
}
MINI = {"patch": 4, "width": 16, "depth": 2, "heads": 2, "input_shape": (16, 16, 1), "classes": 10}
VARIANTS: dict[str, dict[str, Any]] = {
    **{f"deit_{size}_patch16": options for size, options in SIZES.items()},
    **{f"deit_{size}_distilled_patch16": {**options, "distilled": True} for size, options in SIZES.items()},
    "deit_mini": MINI,
    "deit_mini_distilled": {**MINI, "distilled": True},
}

WEIGHTS = WeightMap(
    {
        **TIMM,
        "distillation_token": Key("", names={"token": "dist_token"}),
        "class_logits": "head",
        "distillation_logits": "head_dist",
    }
)


@register_model(
    family="transformer",
    licence="Apache-2.0",
    paper=DEIT,
    input_shape=(224, 224, 3),
    classes=1000,
    variants=VARIANTS,
    weights={"timm": WEIGHTS},
)
def deit(
    input_shape: Shape,
    classes: int,
    *,
    patch: int = 16,
    width: int = 192,
    depth: int = 12,
    heads: int = 3,
    distilled: bool = False,
    dropout: float = 0.0,
) -> keras.Model:
    """A vision transformer with a class token and, distilled, a second one for the labels of a teacher.

    Args:
        patch: side of the square patches; it divides both sides of the image.
        width: dimensions of each token.
        depth: number of blocks.
        heads: attention heads; they divide `width`.
        distilled: read two tokens and give the mean of two heads.
        dropout: share dropped while training.
    """
    inputs, x = image_input(input_shape)
    spec = BlockSpec(heads=heads, mlp_width=4 * width, dropout=dropout, stddev=STDDEV)
    tokens = ("class_token", "distillation_token") if distilled else ("class_token",)
    size = {"patch": patch, "width": width, "depth": depth}
    x = encoded(x, input_shape, spec, **size, tokens=tokens, token_stddev=STDDEV)
    # Normalising after the selection gives the same tokens as before it, for a fraction of the work.
    x = normalized(x[:, : len(tokens)] if distilled else x[:, 0], spec, "norm")
    outputs = _mean_of_heads(x, classes) if distilled else head(x, classes, kernel_initializer=normal(STDDEV))
    return keras.Model(inputs, outputs, name="deit")


def _mean_of_heads(x: Any, classes: int) -> Any:
    """Return logits (batch, classes) of `x` (batch, 2, width), one linear layer for each token."""
    width = x.shape[-1]
    x = keras.layers.Flatten(name="features")(x)
    halves = {"class_logits": x[:, :width], "distillation_logits": x[:, width:]}
    heads = [
        keras.layers.Dense(classes, name=name, kernel_initializer=normal(STDDEV), dtype=output_dtype())(half)
        for name, half in halves.items()
    ]
    return keras.layers.Average(name="logits", dtype=output_dtype())(heads)
