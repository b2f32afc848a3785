"""Weights that another library saved, put into our models."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from nnbench.core.catalog import model_info
from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.registry import did_you_mean
from nnbench.core.weights import SOURCES, Key, WeightMap
from nnbench.interop._keys import cleaned, joined, placed
from nnbench.interop._layers import Owner, converted, owners, parameters
from nnbench.interop._state import State, Weights, read_state

_SHOWN = 12


def load_weights(
    model: Any, weights: Weights, source: str = "torchvision", *, variant: str | None = None, skip: tuple[str, ...] = ()
) -> None:
    """Set the weights of a registered variant from another library's state dict.

    Either every key is used exactly once and every weight is set, or nothing is changed.

    Args:
        model: what `nnbench.create_model` returned, or a copy with the same layer names.
        weights: a ``.safetensors`` or ``.npz`` file, or a mapping of names to arrays or tensors.
        source: the library that named the weights: ``torchvision``, ``timm``, ``transformers``, ``pytorch`` (modules of
            ``torch.nn`` alone, as the builder's file says), or ``keras`` (names are the paths of Keras variables).
        variant: the registered name; by default the model's own name.
        skip: patterns of layers that keep their weights, such as ``("logits",)`` for another number of classes.

    Raises:
        UnknownNameError: no such variant.
        ArgumentError: a source without a map for this variant, or a mismatch; all of them are named.
    """
    found = list(owners(model))
    kept = {owner.path for owner in found if any(re.fullmatch(pattern, owner.path) for pattern in skip)}
    if source == "keras":
        values = _by_path([o for o in found if o.path not in kept], read_state(weights), kept)
    else:
        mapped = _map_of(variant or model.name, source)
        values = _Import(mapped, cleaned(read_state(weights), mapped)).values(found, kept)
    for variable, value in values:
        variable.assign(value)


def _map_of(variant: str, source: str) -> WeightMap:
    if source not in SOURCES:
        hint = did_you_mean(source, list(SOURCES))
        raise ArgumentError(f"source must be one of {', '.join(SOURCES)}. Received: {source!r}.{hint}")
    maps = model_info(variant).weights
    if source not in maps:
        there = f"there are maps for {', '.join(maps)}" if maps else "it has no maps"
        raise ArgumentError(f"{variant} cannot read weights of {source}; {there}.")
    return maps[source]


def _by_path(found: list[Owner], state: State, kept: set[str]) -> list[tuple[Any, Array]]:
    variables = {v.path: v for owner in found for v in owner.variables.values()}
    unused = [name for name in state if name not in variables and name.rpartition("/")[0] not in kept]
    wrong = [f"{path} is missing" for path in variables if path not in state]
    wrong += [f"{name} is not used" for name in unused]
    wrong += [
        f"{path}: {state[path].shape} is not {tuple(v.shape)}"
        for path, v in variables.items()
        if path in state and state[path].shape != tuple(v.shape)
    ]
    _refuse(wrong)
    return [(v, state[path]) for path, v in variables.items()]


class _Import:
    """One import: which parameters were used, and what went wrong."""

    def __init__(self, mapped: WeightMap, state: State) -> None:
        self._mapped = mapped
        self._state = state
        self._used: Counter[tuple[str, tuple[int, int] | None]] = Counter()
        self._wrong: list[str] = []

    def values(self, found: list[Owner], kept: set[str]) -> list[tuple[Any, Array]]:
        """Return the value of every variable outside `kept`, or raise with everything that does not fit."""
        places = placed(found, self._mapped, self._state)
        pairs = []
        for owner in found:
            key = places[owner.path]
            if key is None:
                self._wrong.append(f"{owner.path} matches no pattern of the map")
            elif owner.path in kept:
                self._mark(owner, key)
            else:
                pairs += self._of(owner, key)
        self._wrong += [f"{name} is used twice" for (name, _), times in self._used.items() if times > 1]
        names = {name for name, _ in self._used}
        self._wrong += [f"{name} is not used" for name in self._state if name not in names]
        self._wrong += self._parts_left()
        _refuse(self._wrong)
        return pairs

    def _of(self, owner: Owner, key: Key) -> list[tuple[Any, Array]]:
        return [(v, a) for name, v in owner.variables.items() if (a := self._value(owner, name, key)) is not None]

    def _value(self, owner: Owner, variable: str, key: Key) -> Array | None:
        names = [joined(key.prefix, p) for p in parameters(owner, variable, key)]
        absent = [name for name in names if name not in self._state]
        if absent:
            self._wrong.append(f"{owner.path}/{variable} needs {', '.join(absent)}, which is missing")
            return None
        self._used.update((name, key.part) for name in names)
        try:
            return converted(owner, variable, [self._state[name] for name in names], key)
        except ArgumentError as error:
            self._wrong.append(f"{owner.path}/{variable} from {', '.join(names)}: {error}")
            return None

    def _mark(self, owner: Owner, key: Key) -> None:
        """A layer that keeps its weights stands for its keys nevertheless."""
        for variable in owner.variables:
            self._used.update((joined(key.prefix, p), key.part) for p in parameters(owner, variable, key))

    def _parts_left(self) -> list[str]:
        parts: dict[str, set[tuple[int, int]]] = {}
        for name, part in self._used:
            if part is not None:
                parts.setdefault(name, set()).add(part)
        return [f"{name}: only parts {sorted(p)} are used" for name, p in parts.items() if len(p) != next(iter(p))[1]]


def _refuse(wrong: list[str]) -> None:
    if not wrong:
        return
    more = f"\n  … and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
    listed = "".join(f"\n  {text}" for text in wrong[:_SHOWN])
    raise ArgumentError(f"weights do not fit the model:{listed}{more}")
