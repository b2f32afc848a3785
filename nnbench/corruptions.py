"""Corruptions of inputs, under the name that users know; the room is `nnbench.shifts`."""

from nnbench.shifts import corrupt

__all__ = ["corrupt"]
