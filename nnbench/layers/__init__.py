"""Serialisable layers that Keras lacks. Builders import them while they build, so that listing loads no backend."""

import importlib
import pkgutil


def register_layers() -> None:
    """Import every file of this package, so that Keras knows their layers when it loads a model."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
