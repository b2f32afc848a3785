"""Keras, imported at its first use, so that listing and describing models load no backend."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras
else:
    import lazy_loader

    keras = lazy_loader.load("keras")

__all__ = ["keras"]
