"""Finds, for every layer of a model, where it stands in a state dict."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from nnbench.core.weights import Key, WeightMap
from nnbench.interop._layers import Owner
from nnbench.interop._state import State, natural_order


class _Number(int):
    """``{1:-1}`` in a template is the number less 1."""

    def __format__(self, offset: str) -> str:
        return str(int(self) + int(offset or 0))


def placed(found: Iterable[Owner], weights: WeightMap, state: State) -> dict[str, Key | None]:
    """Return for each layer's path where it stands, or None where no pattern matches it."""
    rules = {re.compile(pattern): _as_key(key) for pattern, key in weights.keys.items()}
    places: dict[str, Key | None] = {}
    counts: dict[str, int] = {}
    for owner in found:
        match, key = _matching(owner.path, rules)
        if match is None or key is None:
            places[owner.path] = None
            continue
        n = counts[match.re.pattern] = counts.get(match.re.pattern, -1) + 1
        places[owner.path] = _filled(key, match, n, state)
    return places


def cleaned(state: State, weights: WeightMap) -> State:
    """Return `state` without ignored keys and without a prefix that the library's class put before every key."""
    for prefix in weights.strip:
        state = {name.removeprefix(prefix): value for name, value in state.items()}
    ignored = [re.compile(pattern) for pattern in weights.ignored]
    return {name: value for name, value in state.items() if not any(p.fullmatch(name) for p in ignored)}


def joined(prefix: str, name: str) -> str:
    """Return the name of a parameter within a module."""
    return prefix + name if not prefix or prefix.endswith("_") else f"{prefix}.{name}"


def _as_key(key: Key | str) -> Key:
    return Key(key) if isinstance(key, str) else key


def _matching(path: str, rules: Mapping[re.Pattern[str], Key]) -> tuple[re.Match[str] | None, Key | None]:
    for pattern, key in rules.items():
        if match := pattern.fullmatch(path):
            return match, key
    return None, None


def _filled(key: Key, match: re.Match[str], n: int, state: State) -> Key:
    groups: list[Any] = [match[0], *(_Number(g) if g and g.isdigit() else g or "" for g in match.groups())]
    prefix = key.prefix.format(*groups)
    names = {ours: theirs.format(*groups) for ours, theirs in key.names.items()}
    if "#" in prefix:
        prefix = _nth(prefix, n, state)
    return Key(prefix, key.part, key.transposed, key.unflatten, key.suffix.format(*groups), names)


def _nth(template: str, n: int, state: State) -> str:
    """Return the n-th module path of `state` that fits; the template itself where there are fewer."""
    before, after = map(re.escape, template.split("#"))
    pattern = re.compile(f"{before}.+{after}")
    modules = {name.rpartition(".")[0] for name in state}
    fitting = natural_order(m for m in modules if pattern.fullmatch(m))
    return fitting[n] if n < len(fitting) else template
