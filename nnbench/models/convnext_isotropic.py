"""ConvNeXt without stages: patches as large as a vision transformer's, and maps of one size.

Liu et al. (2022), section 3.3 and table 2, as the authors' code builds them: the blocks of `nnbench.models.convnext`
without its learned scales, the patches not normalised.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.models._inputs import image_input
from nnbench.models._outputs import head, stage
from nnbench.models._stochastic_depth import rates
from nnbench.models.convnext import PAPER, block, normal, normalized, patches

VARIANTS: dict[str, dict[str, Any]] = {
    "convnext_isotropic_small": {"width": 384, "depth": 18, "stochastic_depth": 0.1},
    "convnext_isotropic_base": {"width": 768, "depth": 18, "stochastic_depth": 0.2},
    "convnext_isotropic_large": {"width": 1024, "depth": 36, "stochastic_depth": 0.5},
    "convnext_isotropic_tiny": {"width": 16, "depth": 2, "patch": 2, "input_shape": (8, 8, 1), "classes": 10},
}


@register_model(
    family="cnn",
    licence="MIT",
    paper=PAPER,
    input_shape=(224, 224, 3),
    classes=1000,
    variants=VARIANTS,
)
def convnext_isotropic(
    input_shape: Shape,
    classes: int,
    *,
    width: int = 384,
    depth: int = 18,
    patch: int = 16,
    kernel: int = 7,
    stochastic_depth: float = 0.0,
) -> keras.Model:
    """A network of residual blocks on maps of one size; every block is a stage.

    Args:
        width: maps.
        depth: number of blocks.
        patch: side of the square patches that become pixels; it divides both sides of the image.
        kernel: side of the depthwise kernels.
        stochastic_depth: share of samples that skip the last block while training; the first is never skipped, and
            the share grows evenly between.

    Raises:
        ArgumentError: an image that `patch` does not cut evenly.
    """
    inputs, x = image_input(input_shape)
    if x.shape[1] % patch or x.shape[2] % patch:
        raise ArgumentError(f"input_shape must have sides that patch ({patch}) divides. Received: {input_shape}.")
    x = patches(x, width, patch, "stem")
    for i, drop in enumerate(rates(stochastic_depth, depth), 1):
        x = stage(block(x, kernel, drop, f"block{i}", scaled=False), i)
    x = normalized(keras.layers.GlobalAveragePooling2D(name="average")(x), "norm")
    return keras.Model(inputs, head(x, classes, kernel_initializer=normal()), name="convnext_isotropic")
