"""Keras, imported at its first use, so that listing and describing models load no backend."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras
else:

    class _Keras:
        """Stands for the module without being in ``sys.modules``.

        There, whatever looks at every module would load it, as `inspect` does when pytest shows a traceback.
        """

        def __getattr__(self, name: str) -> Any:
            return getattr(importlib.import_module("keras"), name)

    keras = _Keras()

__all__ = ["keras"]
