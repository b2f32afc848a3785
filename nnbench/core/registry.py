"""One registry per kind of plugin: names to specs, filled by decorators, searched with wildcards."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Generic, TypeVar

from nnbench.core.errors import DuplicateNameError, UnknownNameError

Spec = TypeVar("Spec")


def did_you_mean(name: str, known: list[str]) -> str:
    """Return ``" Did you mean 'a' or 'b'?"`` for the names closest to `name`, or an empty string."""
    close = get_close_matches(name, known, n=3, cutoff=0.6)
    return f" Did you mean {' or '.join(repr(c) for c in close)}?" if close else ""


class Registry(Generic[Spec]):
    """Names of one kind (``model``, ``dataset`` …) and what they stand for.

    Args:
        kind: the singular noun that error texts use.
        discover: called once before the first look-up; imports the plugins, which register themselves.
    """

    def __init__(self, kind: str, discover: Callable[[], None]) -> None:
        self.kind = kind
        self._discover = discover
        self._specs: dict[str, Spec] = {}
        self._origins: dict[str, str] = {}

    def add(self, name: str, spec: Spec, origin: str) -> None:
        """Register `spec` under `name`; `origin` is the module that does so.

        Raises:
            DuplicateNameError: the name is taken, by this module or another.
        """
        if name in self._specs:
            raise DuplicateNameError(
                f"{self.kind} {name!r} is registered already, by {self._origins[name]}; {origin} tried again."
            )
        self._specs[name] = spec
        self._origins[name] = origin

    def get(self, name: str) -> Spec:
        """Return what `name` stands for.

        Raises:
            UnknownNameError: no plugin registered it; the text names the closest ones.
        """
        self._discover()
        return self.present(name)

    def present(self, name: str) -> Spec:
        """Return what `name` stands for among what is registered by now; no plugin is loaded.

        For a file that builds on what files that it imports have registered.

        Raises:
            UnknownNameError: none of these is called so; the text names the closest ones.
        """
        try:
            return self._specs[name]
        except KeyError:
            raise UnknownNameError(
                f"Unknown {self.kind} {name!r}; {len(self._specs)} are registered."
                f"{did_you_mean(name, list(self._specs))}"
            ) from None

    def names(self, pattern: str = "*") -> list[str]:
        """Return the sorted names that match a shell-style `pattern`."""
        self._discover()
        return sorted(fnmatch.filter(self._specs, pattern))

    def origin(self, name: str) -> str:
        """Return the module that registered `name`."""
        self.get(name)
        return self._origins[name]

    def __contains__(self, name: object) -> bool:
        self._discover()
        return name in self._specs

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())
