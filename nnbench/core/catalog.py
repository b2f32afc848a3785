"""Finding and making what is registered: models and datasets by name."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from nnbench.core.collection import no_collection
from nnbench.core.dataset import DATASETS, DatasetSpec, Splits
from nnbench.core.errors import ArgumentError
from nnbench.core.model import MODELS, Builder, ModelInfo, Shape
from nnbench.core.registry import did_you_mean
from nnbench.core.values import values_on_host

if TYPE_CHECKING:
    import keras


def list_models(pattern: str = "*", family: str | None = None) -> list[str]:
    """Return the sorted names of registered variants.

    Args:
        pattern: shell-style, such as ``"resnet*"``.
        family: keep only this family's.
    """
    names = MODELS.names(pattern)
    return names if family is None else [n for n in names if MODELS.get(n).family == family]


def model_info(name: str) -> ModelInfo:
    """Return what is known of a variant, without building it.

    Raises:
        UnknownNameError: no such variant; the text suggests the nearest.
    """
    return MODELS.get(name)


def create_model(
    name: str, input_shape: Shape | None = None, classes: int | None = None, **overrides: Any
) -> keras.Model:
    """Build a variant as a Functional Keras model that gives logits (regression: values), named after the variant.

    After ``keras.utils.set_random_seed`` its weights are the same under every backend.

    Args:
        name: a registered variant.
        input_shape: shape of one sample, without the batch axis; by default the variant's own. For generators, the
            shape of one generated sample.
        classes: width of the output; by default the variant's own.
        **overrides: keyword arguments of the builder that replace the variant's.

    Raises:
        UnknownNameError: no such variant.
        ArgumentError: an argument that the builder does not take, or a shape that it cannot use.
    """
    info = MODELS.get(name)
    model = _build(info, info.builder, input_shape, classes, overrides)
    model.name = name
    return model


def create_networks(
    name: str, input_shape: Shape | None = None, classes: int | None = None, **overrides: Any
) -> dict[str, keras.Model]:
    """Build every network of a variant, by role; for most variants that is ``{"model": …}`` alone.

    Arguments and errors are those of `create_model`.
    """
    info = MODELS.get(name)
    networks = {info.network: create_model(name, input_shape, classes, **overrides)}
    for role, builder in info.companions.items():
        networks[role] = _build(info, builder, input_shape, classes, overrides)
    return networks


def list_datasets(pattern: str = "*") -> list[str]:
    """Return the sorted names of registered datasets."""
    return DATASETS.names(pattern)


def dataset_info(name: str) -> DatasetSpec:
    """Return what is known of a dataset, without loading it.

    Raises:
        UnknownNameError: no such dataset.
    """
    return DATASETS.get(name)


def load_dataset(name: str, seed: int = 0) -> Splits:
    """Load a dataset's splits.

    Args:
        seed: decides what is generated or split at random; published splits ignore it.

    Raises:
        UnknownNameError: no such dataset.
        MissingDataError: a file is absent, truncated or altered; the text says which file belongs where.
    """
    return DATASETS.get(name).loader(seed)


def _build(
    info: ModelInfo, builder: Builder, input_shape: Shape | None, classes: int | None, overrides: dict[str, Any]
) -> keras.Model:
    shape = info.input_shape if input_shape is None else tuple(input_shape)
    width = info.classes if classes is None else classes
    _check_positive("input_shape", shape)
    _check_positive("classes", (width,))
    options = {**info.config, **overrides}
    _check_options(info, options)
    with no_collection(), values_on_host():
        return builder(input_shape=shape, classes=width, **_taken(builder, options))


def _check_positive(argument: str, values: Shape) -> None:
    if any(v is not None and (not isinstance(v, int) or v < 1) for v in values):
        raise ArgumentError(f"{argument} must hold positive integers. Received: {values}.")


def _check_options(info: ModelInfo, options: dict[str, Any]) -> None:
    """Raise ArgumentError unless every option is one that the builder of some role takes."""
    builders = (info.builder, *info.companions.values())
    if any(_takes_all(builder) for builder in builders):
        return
    own = list(dict.fromkeys(option for builder in builders for option in _own(builder)))
    for option in options:
        if option not in own:
            raise ArgumentError(
                f"{info.name} takes no argument {option!r}; it takes {', '.join(own) or 'none'}."
                f"{did_you_mean(option, own)}"
            )


def _taken(builder: Builder, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that concern the network of one role."""
    if _takes_all(builder):
        return options
    own = _own(builder)
    return {option: value for option, value in options.items() if option in own}


def _own(builder: Builder) -> list[str]:
    return [name for name in inspect.signature(builder).parameters if name not in ("input_shape", "classes")]


def _takes_all(builder: Builder) -> bool:
    return any(p.kind is p.VAR_KEYWORD for p in inspect.signature(builder).parameters.values())
