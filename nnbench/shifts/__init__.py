"""Corruptions and distribution shifts; public as ``nnbench.corruptions``."""

from nnbench.shifts._corrupt import corrupt

__all__ = ["corrupt"]
