"""VGG: stages of 3×3 convolutions, each followed by a halving of the image, and three dense layers.

Simonyan and Zisserman (2015), table 1, columns A to E, as torchvision builds all but A-LRN and C, with or without batch
normalisation (which is Ioffe and Szegedy's, not the paper's). As there, convolutions have biases also in front of a
normalisation, maps are averaged to 7×7 before the dense layers, so that images of other sizes fit, convolutions start
from He's normal distribution over fan-out, and dense layers from one of deviation .01. Column A-LRN normalises the
responses of the first convolution as Krizhevsky et al. (2012) do, which the paper finds to be of no use.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.core.weights import Key, WeightMap
from nnbench.models._convolution import convolution, normalization, relu
from nnbench.models._initializers import he_normal
from nnbench.models._inputs import image_input
from nnbench.models._outputs import head, stage
from nnbench.models._pooling import adaptive_average

PAPER = Paper(
    "Very deep convolutional networks for large-scale image recognition",
    "Simonyan and Zisserman",
    2015,
    "https://arxiv.org/abs/1409.1556",
)

DEPTHS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
"""Convolutions of each stage, by the number of layers with weights."""


def weights_of(depths: Sequence[int], norm: bool, flattened: tuple[int, int, int]) -> dict[str, WeightMap]:
    """Return torchvision's names: modules of one list, numbered with their activations and poolings.

    Args:
        depths, norm: as in `vgg`.
        flattened: (maps, height, width) that the first dense layer reads.
    """
    keys: dict[str, Key | str] = {}
    n = 0
    for number, depth in enumerate(depths, 1):
        for i in range(1, depth + 1):
            keys[f"stage{number}_conv{i}"] = f"features.{n}"
            keys[f"stage{number}_conv{i}_norm"] = f"features.{n + 1}"
            n += 3 if norm else 2
        n += 1
    keys["dense1"] = Key("classifier.0", unflatten=flattened)
    keys |= {"dense2": "classifier.3", "logits": "classifier.6"}
    return {"torchvision": WeightMap(keys, ignored=(r".*num_batches_tracked",))}


def _variants() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for layers, depths in DEPTHS.items():
        for norm, suffix in ((False, ""), (True, "_bn")):
            weights = weights_of(depths, norm, (512, 7, 7))
            found[f"vgg{layers}{suffix}"] = {"depths": depths, "norm": norm, "weights": weights}
    # Columns A-LRN and C, which torchvision does not have: their weights have the names of those of A and D.
    found["vgg11_lrn"] = {**found["vgg11"], "response_norm": True}
    found["vgg16_c"] = {**found["vgg16"], "pointwise": True}
    return found


VARIANTS: dict[str, dict[str, Any]] = {
    **_variants(),
    "vgg_tiny": {
        "depths": (1, 2),
        "norm": True,
        "width": 4,
        "pooled": 3,
        "units": 16,
        "input_shape": (8, 8, 1),
        "classes": 10,
        "weights": weights_of((1, 2), True, (8, 3, 3)),
    },
}


@register_model(
    family="cnn", licence="BSD-3-Clause", paper=PAPER, input_shape=(224, 224, 3), classes=1000, variants=VARIANTS
)
def vgg(
    input_shape: Shape,
    classes: int,
    *,
    depths: Sequence[int] = DEPTHS[16],
    norm: bool = False,
    width: int = 64,
    pooled: int = 7,
    units: int = 4096,
    dropout: float = 0.5,
    pointwise: bool = False,
    response_norm: bool = False,
) -> keras.Model:
    """A plain network whose stages each end in a halving of the image.

    Args:
        depths: convolutions of each stage.
        norm: batch normalisation after every convolution.
        width: maps of the first stage; each further stage doubles them, up to 8·width.
        pooled: rows and columns of the maps that the dense layers read.
        units: of each of the two hidden dense layers.
        dropout: share of values dropped after each hidden dense layer while training.
        pointwise: the third convolution of a stage sees single pixels.
        response_norm: local response normalisation after the first convolution.

    Raises:
        ArgumentError: images too small for so many halvings, or no stage.
    """
    if not depths:
        raise ArgumentError(f"depths must give at least one stage. Received: {depths}.")
    inputs, x = image_input(input_shape, least=2 ** len(depths))
    for number, depth in enumerate(depths, 1):
        for i in range(1, depth + 1):
            kernel = 1 if pointwise and i == 3 else 3
            x = _convolved(x, width * min(2 ** (number - 1), 8), kernel, norm, f"stage{number}_conv{i}")
            x = _response_normalized(x) if response_norm and number == i == 1 else x
        x = stage(keras.layers.MaxPooling2D(2, name=f"stage{number}_pool")(x), number)
    x = keras.layers.Flatten(name="flatten")(adaptive_average(x, pooled))
    for i in (1, 2):
        x = relu(keras.layers.Dense(units, kernel_initializer=_normal(), name=f"dense{i}")(x))
        x = keras.layers.Dropout(dropout, name=f"dropout{i}")(x)
    return keras.Model(inputs, head(x, classes, kernel_initializer=_normal()), name="vgg")


def _convolved(x: Any, maps: int, kernel: int, norm: bool, name: str) -> Any:
    x = convolution(x, maps, kernel, padding=kernel // 2, kernel_initializer=he_normal("fan_out"), name=name)
    return relu(normalization(x, name=f"{name}_norm") if norm else x)


def _response_normalized(x: Any) -> Any:
    from nnbench.layers.response_normalization import LocalResponseNormalization

    return LocalResponseNormalization(name="response_norm")(x)


def _normal() -> Any:
    return keras.initializers.RandomNormal(stddev=0.01)
