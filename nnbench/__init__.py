"""nnbench: every neural network family for Keras 3, and what each costs and how far it can be trusted.

Importing this package loads no backend; each name below is imported at its first use.
"""

import lazy_loader as _lazy

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
