"""Models whose variables have shapes and no values, so that the largest can be counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nnbench.core.lazy import keras

_PENDING = "uninitialized_variables"


@contextmanager
def without_values() -> Iterator[None]:
    """Build models within this context without allocating any weight.

    Keras keeps such variables in a global list and would allocate them when the next outer scope ends; the list is
    restored on leaving.
    """
    from keras.src.backend.common import global_state  # Keras has no public name for the list

    before = list(global_state.get_global_attribute(_PENDING) or [])
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        global_state.set_global_attribute(_PENDING, before)
