"""Changing some rows of an array within a compiled function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nnbench.core.lazy import keras


def where_any(rows: Any, new: Callable[[], Any], old: Any) -> Any:
    """Return `old` (n, …) with the rows (n,) of ``new()``, which is computed only where there is such a row.

    A choice between whole arrays costs several passes over them, and in most steps of an attack it chooses nothing.
    """
    ops = keras.ops

    def chosen() -> Any:
        return ops.where(ops.reshape(rows, (-1, *(1,) * (len(old.shape) - 1))), new(), old)

    return ops.cond(ops.any(rows), chosen, lambda: old)
