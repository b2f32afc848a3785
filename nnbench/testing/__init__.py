"""Contracts that every plugin keeps, built-in or a third party's; each raises AssertionError where one is broken."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
