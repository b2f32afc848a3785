"""Parameter counts beside keras.applications: where they differ, so many parameters have a reason.

By default the small ones are built, with NNBENCH_EVERY_MODEL=1 all.
"""

import math
import os

import pytest

from nnbench.core.catalog import create_model, model_info
from nnbench.core.lazy import keras
from nnbench.runtime.abstract import without_values

SAME = {
    "vgg16": "VGG16",
    "vgg19": "VGG19",
    "densenet121": "DenseNet121",
    "densenet169": "DenseNet169",
    "densenet201": "DenseNet201",
    "mobilenet_v1": "MobileNet",
    "mobilenet_v2": "MobileNetV2",
    "mobilenet_v3_small": "MobileNetV3Small",
    "mobilenet_v3_large": "MobileNetV3Large",
    **{f"efficientnet_b{i}": f"EfficientNetB{i}" for i in range(8)},
    **{f"efficientnet_v2_b{i}": f"EfficientNetV2B{i}" for i in range(4)},
    **{f"efficientnet_v2_{size}": f"EfficientNetV2{size.upper()}" for size in "sml"},
    **{f"convnext_{size}": f"ConvNeXt{size.title()}" for size in ("tiny", "small", "base", "large")},
    "convnext_xlarge": "ConvNeXtXLarge",
}
WIDTHS = [
    *((f"mobilenet_v1_{name}", "MobileNet", alpha) for name, alpha in (("025", 0.25), ("050", 0.5), ("075", 0.75))),
    *((f"mobilenet_v2_{name}", "MobileNetV2", alpha) for name, alpha in (("035", 0.35), ("050", 0.5), ("075", 0.75))),
    ("mobilenet_v2_140", "MobileNetV2", 1.4),
    ("mobilenet_v3_small_075", "MobileNetV3Small", 0.75),
    ("mobilenet_v3_large_075", "MobileNetV3Large", 0.75),
]
BIASES_OF_CONVOLUTIONS = {"resnet50": "ResNet50", "resnet101": "ResNet101", "resnet152": "ResNet152"}

EVERY = os.environ.get("NNBENCH_EVERY_MODEL")


def small(rows, most=15e6):
    """Return the rows, of which the first field is a variant, with at most so many parameters, or all if asked."""
    return [row for row in rows if EVERY or (model_info(row[0]).parameters or 0) <= most]


def theirs(name, **options):
    with without_values():
        return getattr(keras.applications, name)(weights=None, **options)


def counts(model, skipped=()):
    """Return trainable and other parameters, without those of layers of the classes `skipped`."""
    out = {id(w) for layer in model._flatten_layers() if type(layer).__name__ in skipped for w in layer.weights}
    groups = (model.trainable_weights, model.non_trainable_weights)
    return tuple(sum(math.prod(w.shape) for w in group if id(w) not in out) for group in groups)


def ours(name):
    with without_values():
        return counts(create_model(name))


@pytest.mark.parametrize(("variant", "name"), small(SAME.items()))
def test_the_same(variant, name):
    # EfficientNets of keras.applications hold the statistics of their inputs, in a layer of that name.
    assert ours(variant) == counts(theirs(name), skipped=("Normalization",))


@pytest.mark.parametrize(("variant", "name", "alpha"), small(WIDTHS))
def test_the_same_at_other_widths(variant, name, alpha):
    assert ours(variant) == counts(theirs(name, alpha=alpha))


@pytest.mark.parametrize(("variant", "name"), small(BIASES_OF_CONVOLUTIONS.items(), 30e6))
def test_their_resnets_have_biases_in_front_of_normalisations(variant, name):
    model = theirs(name)
    biases = sum(layer.bias.shape[0] for layer in model.layers if isinstance(layer, keras.layers.Conv2D))
    trainable, other = counts(model)
    assert ours(variant) == (trainable - biases, other)
