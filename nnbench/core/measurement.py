"""One number of an attempt, with what is needed to read it."""

from __future__ import annotations

import math
from dataclasses import dataclass

HIGHER = "higher"
LOWER = "lower"
NEITHER = ""


@dataclass(frozen=True)
class Measurement:
    """A metric's value and its 95 % interval.

    Attributes:
        metric: the name, the field's standard term (``accuracy``, ``nll``, ``ood_auroc_msp`` …).
        value: NaN when `reason` says why there is none.
        unit: ``"1"`` for shares and other pure numbers, else the unit (``s``, ``samples/s``, ``bytes``, ``FLOP`` …).
        better: ``"higher"``, ``"lower"``, or ``""`` where neither is better.
        n: number of samples behind the value, or None.
        low, high: ends of the interval, or None where none is known.
        conditions: under what it was taken, where the name does not say it: ``linf eps=0.1 steps=20``, a set's name.
        reason: why the measurement is not applicable; empty otherwise.
    """

    metric: str
    value: float
    unit: str = "1"
    better: str = NEITHER
    n: int | None = None
    low: float | None = None
    high: float | None = None
    conditions: str = ""
    reason: str = ""

    @property
    def applicable(self) -> bool:
        """Whether there is a value."""
        return not self.reason


def not_applicable(metric: str, reason: str, *, unit: str = "1", better: str = NEITHER) -> Measurement:
    """Return the row that stands where a measurement makes no sense."""
    return Measurement(metric, math.nan, unit, better, reason=reason)
