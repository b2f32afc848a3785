"""Finds plugins: modules and packages named by entry points of the group ``nnbench.plugins``."""

from __future__ import annotations

import importlib
import pkgutil
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from nnbench.core.errors import NnbenchError, PluginError

GROUP = "nnbench.plugins"

_state = {"loaded": False}


def load_plugins() -> None:
    """Import every plugin once, built-in ones included; each registers what it brings.

    Raises:
        PluginError: a plugin's module fails to import; the text names its distribution.
    """
    if _state["loaded"]:
        return
    _state["loaded"] = True
    try:
        for entry in sorted(entry_points(group=GROUP), key=lambda e: (not e.value.startswith("nnbench."), e.name)):
            _load(entry)
    except BaseException:
        _state["loaded"] = False
        raise


def _load(entry: EntryPoint) -> None:
    try:
        _import_tree(entry.value)
    except NnbenchError:
        raise
    except Exception as error:
        owner = entry.dist.name if entry.dist else "an unknown distribution"
        raise PluginError(f"The plugin {entry.name!r} of {owner} ({entry.value}) fails to import: {error!r}") from error


def _import_tree(name: str) -> None:
    """Import a module, and where it is a package the modules in it that do not start with an underscore."""
    module: ModuleType = importlib.import_module(name)
    for child in pkgutil.iter_modules(getattr(module, "__path__", ()), f"{name}."):
        if not child.name.rpartition(".")[2].startswith("_"):
            importlib.import_module(child.name)
