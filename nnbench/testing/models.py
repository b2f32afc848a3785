"""The contract of a model builder, for the built-in ones and for those of third parties."""

from __future__ import annotations

import warnings
from typing import Any

from nnbench.core.catalog import create_networks, model_info
from nnbench.core.lazy import keras
from nnbench.core.model import ModelInfo, Shape
from nnbench.runtime.abstract import without_values
from nnbench.testing._model_interface import check_features, check_head, check_info, check_shapes
from nnbench.testing._model_lifecycle import check_abstract, check_config, check_repeats, check_saving, check_training
from nnbench.testing._model_outputs import check_finite, check_logits, check_outputs, check_precision
from nnbench.testing._model_samples import SEED, other_size, samples

__all__ = ["check_model", "samples"]


def check_model(name: str, input_shape: Shape | None = None, classes: int | None = None) -> None:
    """Check that a registered variant does what every other part of nnbench relies on.

    It builds with the right shapes, at twice the sides and with one class more too; gives finite logits that depend on
    nothing but the sample, compiled or not, in single and in half precision; names its features and stages and takes
    another head; survives its configuration, saving and loading; trains every weight; repeats with the seed; and can be
    built without values. Sets the global random seed.

    Args:
        name: a registered variant.
        input_shape, classes: as in `nnbench.core.catalog.create_model`.

    Raises:
        AssertionError: the contract is broken; the text says where.
    """
    with warnings.catch_warnings():
        # Keras makes arrays of its variables in a way that NumPy 2 deprecates.
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
        info = model_info(name)
        check_info(info)
        shape = info.input_shape if input_shape is None else tuple(input_shape)
        width = info.classes if classes is None else classes
        _check_built(info, shape, width)
        _check_another_size(info, *other_size(shape, width))
        check_precision(name, lambda: _built(name, shape, width))


def _check_built(info: ModelInfo, input_shape: Shape, classes: int | None) -> None:
    networks = _built(info.name, input_shape, classes)
    main = networks[info.network]
    check_shapes(info, main, input_shape, classes)
    check_features(info, main)
    check_repeats(networks, _built(info.name, input_shape, classes))
    with without_values():
        check_abstract(networks, create_networks(info.name, input_shape, classes))
    for role, network in networks.items():
        label = f"{info.name} ({role})"
        outputs = check_outputs(label, network)
        check_config(label, network)
        check_saving(label, network, outputs)
        check_training(label, network)
    if "classification" in info.tasks and classes != 1:
        check_logits(info.name, main)
        check_head(info, main)


def _check_another_size(info: ModelInfo, input_shape: Shape, classes: int | None) -> None:
    networks = _built(info.name, input_shape, classes)
    check_shapes(info, networks[info.network], input_shape, classes)
    for role, network in networks.items():
        check_finite(f"{info.name} ({role}) for {input_shape}", network)


def _built(name: str, input_shape: Shape | None, classes: int | None) -> dict[str, Any]:
    keras.utils.set_random_seed(SEED)
    return create_networks(name, input_shape, classes)
