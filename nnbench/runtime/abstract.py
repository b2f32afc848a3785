"""Models whose variables have shapes and no values, so that the largest can be counted."""

from nnbench.core.values import without_values

__all__ = ["without_values"]
