"""SqueezeNet: fire modules, which squeeze the maps by 1×1 convolutions and expand them by 1×1 and 3×3 ones.

Iandola, Han, Moskewicz, Ashraf, Dally and Keutzer (2016), table 1, and the authors' release 1.1, which pools earlier,
both as torchvision builds them: maxima are taken with windows cut at the edge, convolutions start from He's uniform
distribution, the last one from a normal distribution of deviation .01.

The paper's figure 2 adds what a fire module reads to what it gives: with simple bypass where both have as many maps,
with complex bypass also through a 1×1 convolution elsewhere. Its table 3 gives 7.7 MB for the latter, where the layers
drawn hold 1,589,672 parameters, 6.1 MB by the count that makes 4.8 MB of the plain network.

There is no dense layer: one map per class is rectified and averaged, so logits are not negative. The layer ``features``
therefore gives the same values as ``logits``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import PAPER_ALONE, Shape, register_model
from nnbench.core.paper import Paper
from nnbench.core.weights import WeightMap
from nnbench.models._convolution import convolution, relu
from nnbench.models._inputs import image_input
from nnbench.models._outputs import output_dtype, stage
from nnbench.models._pooling import ceiling_max

PAPER = Paper(
    "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size",
    "Iandola, Han, Moskewicz, Ashraf, Dally and Keutzer",
    2016,
    "https://arxiv.org/abs/1602.07360",
)

Fires = Sequence[Sequence[tuple[int, int]]]

FIRES_1_0 = (((16, 64), (16, 64), (32, 128)), ((32, 128), (48, 192), (48, 192), (64, 256)), ((64, 256),))
FIRES_1_1 = (((16, 64), (16, 64)), ((32, 128), (32, 128)), ((48, 192), (48, 192), (64, 256), (64, 256)))
FIRES_TINY = (((4, 8),), ((4, 8), (8, 16)))

BYPASSES = ("none", "simple", "complex")


def weights_of(fires: Fires) -> dict[str, WeightMap]:
    """Return torchvision's names: modules of one list, numbered with the poolings between the stages."""
    keys = {"stem": "features.0", "class_maps": "classifier.1"}
    n = 3
    for number, modules in enumerate(fires, 1):
        for i in range(1, len(modules) + 1):
            keys[f"stage{number}_fire{i}_(squeeze|expand1x1|expand3x3)"] = f"features.{n}.{{1}}"
            n += 1
        n += 1
    return {"torchvision": WeightMap(keys)}


# From the paper alone: torchvision has no bypass.
BYPASS = {"stem": (96, 7), "fires": FIRES_1_0, "licence": PAPER_ALONE}
VARIANTS: dict[str, dict[str, Any]] = {
    "squeezenet1_0": {"stem": (96, 7), "fires": FIRES_1_0, "weights": weights_of(FIRES_1_0)},
    "squeezenet1_1": {"stem": (64, 3), "fires": FIRES_1_1, "weights": weights_of(FIRES_1_1)},
    "squeezenet_simple_bypass": {**BYPASS, "bypass": "simple"},
    "squeezenet_complex_bypass": {**BYPASS, "bypass": "complex"},
    "squeezenet_tiny": {
        "stem": (8, 3),
        "fires": FIRES_TINY,
        "input_shape": (16, 16, 3),
        "classes": 10,
        "weights": weights_of(FIRES_TINY),
    },
}


@register_model(
    family="cnn", licence="BSD-3-Clause", paper=PAPER, input_shape=(224, 224, 3), classes=1000, variants=VARIANTS
)
def squeezenet(
    input_shape: Shape,
    classes: int,
    *,
    stem: tuple[int, int] = (64, 3),
    fires: Fires = FIRES_1_1,
    dropout: float = 0.5,
    bypass: str = "none",
) -> keras.Model:
    """Stages of fire modules, each after a halving of the image.

    Args:
        stem: maps and kernel size of the first convolution.
        fires: by stage, the fire modules' maps after the squeeze, and after each of the two expansions.
        dropout: share of values dropped in front of the last convolution while training.
        bypass: what a fire module adds of its input: ``"none"``, ``"simple"`` (the input, where it has as many maps as
            the output) or ``"complex"`` (also elsewhere, through a 1×1 convolution).

    Raises:
        ArgumentError: an unknown `bypass`, or images too small for so many halvings.
    """
    if bypass not in BYPASSES:
        raise ArgumentError(f"bypass must be one of {', '.join(BYPASSES)}. Received: {bypass!r}.")
    maps, kernel = stem
    inputs, x = image_input(input_shape, least=2 * (2 ** len(fires) - 1) + kernel)
    x = relu(convolution(x, maps, kernel, strides=2, kernel_initializer="he_uniform", name="stem"))
    for number, modules in enumerate(fires, 1):
        x = ceiling_max(x, name=f"stage{number}_pool")
        for i, (squeezed, expanded) in enumerate(modules, 1):
            name = f"stage{number}_fire{i}"
            x = _bypassed(x, fire(x, squeezed, expanded, name), bypass, name)
        x = stage(x, number)
    x = keras.layers.Dropout(dropout, name="dropout")(x)
    start = keras.initializers.RandomNormal(stddev=0.01)
    x = relu(convolution(x, classes, 1, kernel_initializer=start, name="class_maps"))
    x = keras.layers.GlobalAveragePooling2D(name="features")(x)
    return keras.Model(inputs, keras.layers.Identity(name="logits", dtype=output_dtype())(x), name="squeezenet")


def fire(x: Any, squeezed: int, expanded: int, name: str) -> Any:
    """Return 2·`expanded` maps: 1×1 and 3×3 convolutions of `squeezed` maps of `x`, side by side."""
    x = _convolved(x, squeezed, 1, f"{name}_squeeze")
    parts = [_convolved(x, expanded, 1, f"{name}_expand1x1"), _convolved(x, expanded, 3, f"{name}_expand3x3")]
    return keras.layers.Concatenate(name=f"{name}_concat")(parts)


def _bypassed(x: Any, y: Any, bypass: str, name: str) -> Any:
    """Return `y`, the output of a fire module, plus its input `x` as `bypass` says."""
    alike = x.shape[-1] == y.shape[-1]
    if bypass == "none" or (bypass == "simple" and not alike):
        return y
    if not alike:
        x = convolution(x, y.shape[-1], 1, kernel_initializer="he_uniform", name=f"{name}_bypass")
    return keras.layers.Add(name=f"{name}_add")([x, y])


def _convolved(x: Any, maps: int, kernel: int, name: str) -> Any:
    return relu(convolution(x, maps, kernel, padding=kernel // 2, kernel_initializer="he_uniform", name=name))
