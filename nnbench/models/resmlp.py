"""ResMLP: residual blocks of one linear layer across patches and a two-layer network across channels.

Touvron et al. (2021), table 1: sizes and counts are those of the authors' code and of timm, except ``resmlp_b24_16``,
the paper's B24/16, which only the paper lists. Affine maps stand in the place of normalisations; weights and the scale
of each residual start as in the authors' code (normal of deviation 0.02; 0.1, 1e-5 or 1e-6 by depth), the patch
embedding as in timm.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.core.weights import Key, WeightMap
from nnbench.models._mixing import added, dense, patch_input, pooled_logits, swapped, two_layers
from nnbench.models._outputs import stage

PAPER = Paper(
    "ResMLP: feedforward networks for image classification with data-efficient training",
    "Touvron et al.",
    2021,
    "https://arxiv.org/abs/2105.03404",
)

VARIANTS: dict[str, dict[str, Any]] = {
    "resmlp_12": {"width": 384, "depth": 12, "scale": 0.1},
    "resmlp_24": {"width": 384, "depth": 24, "scale": 1e-5},
    "resmlp_36": {"width": 384, "depth": 36, "scale": 1e-6},
    "resmlp_big_24": {"patch": 8, "width": 768, "depth": 24, "scale": 1e-6},
    "resmlp_b24_16": {"patch": 16, "width": 768, "depth": 24, "scale": 1e-6},
    "resmlp_tiny": {
        "patch": 2,
        "width": 16,
        "depth": 2,
        "scale": 0.1,
        "input_shape": (8, 8, 1),
        "classes": 10,
    },
}

AFFINE = {"kernel": "alpha", "bias": "beta"}
WEIGHTS = WeightMap(
    {
        "patch_embedding": "stem.proj",
        r"block(\d+)_affine(\d)": Key("blocks.{1:-1}.norm{2}", names=AFFINE),
        r"block(\d+)_tokens": "blocks.{1:-1}.linear_tokens",
        r"block(\d+)_channels(\d)": "blocks.{1:-1}.mlp_channels.fc{2}",
        r"block(\d+)_scale(\d)": Key("blocks.{1:-1}", names={"kernel": "ls{2}"}),
        "affine": Key("norm", names=AFFINE),
        "logits": "head",
    }
)

STDDEV = 0.02


@register_model(
    family="mlp",
    licence="Apache-2.0",
    paper=PAPER,
    input_shape=(224, 224, 3),
    classes=1000,
    variants=VARIANTS,
    weights={"timm": WEIGHTS},
)
def resmlp(
    input_shape: Shape,
    classes: int,
    *,
    patch: int = 16,
    width: int = 384,
    depth: int = 12,
    scale: float = 0.1,
    ratio: float = 4.0,
) -> keras.Model:
    """Linear maps across patches and two-layer networks across channels, without normalisation.

    Args:
        patch: side of the square patches; it divides both sides of the image.
        width: channels of each patch.
        depth: number of blocks.
        scale: factor of what a block adds, per channel, at the start; it is learned.
        ratio: hidden units of the network across channels, as a multiple of `width`.
    """
    inputs, x = patch_input(input_shape, patch, width)
    for i in range(1, depth + 1):
        x = stage(block(x, int(ratio * width), scale, f"block{i}"), i)
    x = scaled(x, 1.0, "affine", bias_axes="c")
    return keras.Model(inputs, pooled_logits(x, classes, _normal()), name="resmlp")


def block(x: Any, hidden: int, scale: float, name: str) -> Any:
    """Return `x` (batch, patches, width) mixed across patches, then across channels."""
    h = swapped(scaled(x, 1.0, f"{name}_affine1", bias_axes="c"), f"{name}_to_patches")
    h = dense(h, x.shape[1], f"{name}_tokens", **_initializers())
    h = scaled(swapped(h, f"{name}_to_channels"), scale, f"{name}_scale1")
    x = added(x, h, f"{name}_add1")
    h = scaled(x, 1.0, f"{name}_affine2", bias_axes="c")
    h = two_layers(h, hidden, f"{name}_channels", _initializers)
    return added(x, scaled(h, scale, f"{name}_scale2"), f"{name}_add2")


def scaled(x: Any, start: float, name: str, bias_axes: str | None = None) -> Any:
    """Return `x` (batch, patches, width) times a learned factor per channel, plus a shift with `bias_axes` ``"c"``."""
    # An einsum without a sum: a product by channel that Keras has no layer for.
    layer = keras.layers.EinsumDense(
        "bnc,c->bnc",
        output_shape=x.shape[1:],
        bias_axes=bias_axes,
        kernel_initializer=keras.initializers.Constant(start),
        name=name,
    )
    return layer(x)


def _initializers() -> dict[str, Any]:
    return {"kernel_initializer": _normal(), "bias_initializer": "zeros"}


def _normal() -> Any:
    return keras.initializers.RandomNormal(stddev=STDDEV)
