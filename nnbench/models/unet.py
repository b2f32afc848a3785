"""U-Net: a path that contracts the image, one that expands it again, and connections across at every size.

Ronneberger, Fischer and Brox (2015), figure 1. Convolutions read no padding, so the maps of logits are smaller than
the image: 388 × 388 for 572 × 572. As in the authors' network definition, up-convolutions are followed by ReLU, and
half of the values are dropped at the two deepest levels. Weights start from He's normal initialisation, as the paper
says.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._convolution import relu
from nnbench.models._initializers import he_normal
from nnbench.models._inputs import image_input
from nnbench.models._outputs import logits, stage
from nnbench.models._transformer import dropped

PAPER = Paper(
    "U-Net: convolutional networks for biomedical image segmentation",
    "Ronneberger, Fischer and Brox",
    2015,
    "https://arxiv.org/abs/1505.04597",
)

VARIANTS: dict[str, dict[str, Any]] = {
    "unet": {},
    "unet_padded": {"padding": "same", "input_shape": (512, 512, 1)},
    "unet_tiny": {"depth": 2, "width": 4, "padding": "same", "input_shape": (8, 8, 1), "classes": 10},
}

PADDINGS = ("valid", "same")


@register_model(
    family="cnn",
    paper=PAPER,
    input_shape=(572, 572, 1),
    classes=2,
    tasks=("segmentation",),
    feature_layer=None,
    variants=VARIANTS,
)
def unet(
    input_shape: Shape,
    classes: int,
    *,
    depth: int = 4,
    width: int = 64,
    padding: str = "valid",
    dropout: float = 0.5,
) -> keras.Model:
    """A network that gives logits (batch, h, w, classes) for every pixel in the middle of the image.

    ``stage1`` … are the levels of the contracting path, then those of the expanding path.

    Args:
        depth: how often the image is halved.
        width: maps of the first level; each further level doubles them.
        padding: ``"valid"`` cuts off what the convolutions do not fully see; ``"same"`` reads zeros beyond the image
            and gives logits for all of it.
        dropout: share of values dropped at the two deepest levels while training.

    Raises:
        ArgumentError: an unknown padding, or sides that cannot be halved evenly `depth` times.
    """
    if padding not in PADDINGS:
        raise ArgumentError(f"padding must be one of {', '.join(PADDINGS)}. Received: {padding!r}.")
    inputs, x = image_input(input_shape)
    _check_sides(input_shape, depth, padding)
    levels = []
    for level in range(depth + 1):
        if level:
            x = keras.layers.MaxPooling2D(2, name=f"down{level + 1}_pool")(x)
        x = twice_convolved(x, width * 2**level, padding, f"down{level + 1}")
        x = dropped(x, dropout if level > depth - 2 else 0.0, f"down{level + 1}_dropout")
        x = stage(x, level + 1)
        levels.append(x)
    for level in reversed(range(depth)):
        x = expanded(x, levels[level], padding, f"up{level + 1}")
        x = stage(x, 2 * depth + 1 - level)
    return keras.Model(inputs, logits(x, classes, kernel_initializer=he_normal("fan_in")), name="unet")


def twice_convolved(x: Any, filters: int, padding: str, name: str) -> Any:
    """Return two 3×3 convolutions of `x`, each followed by ReLU."""
    for i in (1, 2):
        start = he_normal("fan_in")
        x = keras.layers.Conv2D(filters, 3, padding=padding, kernel_initializer=start, name=f"{name}_conv{i}")(x)
        x = relu(x)
    return x


def expanded(x: Any, across: Any, padding: str, name: str) -> Any:
    """Return `x` (batch, h, w, 2·c) at twice the size, beside the middle of `across` (batch, …, c), convolved to c."""
    filters = across.shape[-1]
    # Every pixel that comes out reads one that comes in, through all of its maps.
    start = keras.initializers.RandomNormal(stddev=(2 / x.shape[-1]) ** 0.5)
    x = keras.layers.Conv2DTranspose(filters, 2, strides=2, kernel_initializer=start, name=f"{name}_conv0")(x)
    x = relu(x)
    margins = tuple((across.shape[axis] - x.shape[axis]) // 2 for axis in (1, 2))
    if any(margins):
        across = keras.layers.Cropping2D(margins, name=f"{name}_crop")(across)
    x = keras.layers.Concatenate(name=f"{name}_join")([across, x])
    return twice_convolved(x, filters, padding, name)


def _check_sides(input_shape: Shape, depth: int, padding: str) -> None:
    sides = [side for side in input_shape[:2] if side is not None]
    # Backwards from the deepest maps: without padding, two convolutions take 4 pixels at each level.
    lost = 4 * (2**depth - 1) if padding == "valid" else 0
    unit = 2**depth
    least = lost + unit * (-(-(lost + 1) // unit) + 4 if padding == "valid" else 1)
    if any(side < least or (side - lost) % unit for side in sides):
        raise ArgumentError(
            f"input_shape must have sides of at least {least} that exceed a multiple of {unit} by {lost % unit}. "
            f"Received: {input_shape}."
        )
