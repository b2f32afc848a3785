"""Exact parameter counts of models that need not fit into memory."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nnbench.core.catalog import create_networks, model_info
from nnbench.core.errors import ArgumentError
from nnbench.core.model import Shape
from nnbench.runtime.abstract import without_values

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class ParameterCount:
    """Number of scalars in a model's weights.

    Attributes:
        trainable: those that training changes.
        non_trainable: moving statistics of batch normalisation, frozen weights and the like; not the seeds of Dropout.
        total: both.
        parts: the other networks of a family of several (``{"discriminator": …}``), by role; not in the counts above.
    """

    trainable: int
    non_trainable: int
    total: int
    parts: Mapping[str, ParameterCount] = field(default_factory=dict)


def count_parameters(
    name_or_model: str | keras.Model, input_shape: Shape | None = None, classes: int | None = None, **overrides: Any
) -> ParameterCount:
    """Count a registered variant's parameters without allocating any, or a built model's.

    Args:
        name_or_model: a registered variant, or a model that has been built.
        input_shape, classes, **overrides: those of `nnbench.create_model`; for a variant only.

    Raises:
        UnknownNameError: no such variant.
        ArgumentError: an argument that the builder does not take, a model that is not built, or arguments of a builder
            beside a model.
    """
    if isinstance(name_or_model, str):
        return _count_variant(name_or_model, input_shape, classes, overrides)
    if input_shape is not None or classes is not None or overrides:
        raise ArgumentError("input_shape, classes and overrides go with the name of a variant, not with a model.")
    return _count(name_or_model)


def breakdown(model: keras.Model) -> dict[str, int]:
    """Return the number of parameters by top-level layer, in the model's order; layers without any are left out.

    A weight that several layers share counts for the first of them; weights of the model itself stand under its own
    name. The values add up to ``count_parameters(model).total``.

    Raises:
        ArgumentError: the model is not built.
    """
    _require_built(model)
    seen: set[int] = set()
    counts = {}
    for part in (*model.layers, model):
        own = [w for w in part.weights if id(w) not in seen]
        seen.update(map(id, own))
        if own:
            counts[part.name] = _size(own)
    return counts


def blocks(model: keras.Model) -> dict[str, int]:
    """Return `breakdown` by block: layers named ``stage2_block1_…`` or ``block7_…`` count together.

    Neighbouring blocks of the same size are one entry, such as ``block1 … block96`` with the sum of all.

    Raises:
        ArgumentError: the model is not built.
    """
    by_block: dict[str, int] = {}
    for layer, size in breakdown(model).items():
        found = re.match(r"(?:[a-z]+\d+_)?(?:block|layer|stage)\d+(?=_|$)", layer)
        block = found[0] if found else layer
        by_block[block] = by_block.get(block, 0) + size
    return _grouped(by_block)


def _grouped(by_block: dict[str, int]) -> dict[str, int]:
    def kind(item: tuple[str, int]) -> tuple[str, int]:
        return re.sub(r"\d+", "", item[0]), item[1]

    groups = (list(items) for _, items in itertools.groupby(by_block.items(), kind))
    return {_label(items): sum(size for _, size in items) for items in groups}


def _label(items: list[tuple[str, int]]) -> str:
    first, last = items[0][0], items[-1][0]
    return first if len(items) == 1 else f"{first} … {last} ({len(items)} × {items[0][1]:,})"


def _count_variant(
    name: str, input_shape: Shape | None, classes: int | None, overrides: dict[str, Any]
) -> ParameterCount:
    with without_values():
        networks = create_networks(name, input_shape, classes, **overrides)
        counts = {role: _count(network) for role, network in networks.items()}
    main = counts.pop(model_info(name).network)
    return ParameterCount(main.trainable, main.non_trainable, main.total, counts)


def _count(model: keras.Model) -> ParameterCount:
    _require_built(model)
    trainable, non_trainable = _size(model.trainable_weights), _size(model.non_trainable_weights)
    return ParameterCount(trainable, non_trainable, trainable + non_trainable)


def _size(weights: Iterable[Any]) -> int:
    return sum(math.prod(w.shape) for w in weights)


def _require_built(model: keras.Model) -> None:
    if not model.built:
        raise ArgumentError(f"model must be built. Received: {model.name!r}, whose weights do not exist yet.")
