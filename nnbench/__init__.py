"""nnbench: every neural network family for Keras 3, and what each costs and how far it can be trusted.

Importing this package loads no backend; each name below is imported at its first use. Wherever Keras is imported too,
before or after, it can load the models that were saved with the layers of `nnbench.layers`.
"""

import lazy_loader as _lazy

from nnbench.core.after_import import after_import as _after_import
from nnbench.layers import register_layers as _register_layers

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

_after_import("keras", _register_layers)
