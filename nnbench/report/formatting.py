"""Numbers as people read them: few digits, SI prefixes, no leading zero before a share."""

from __future__ import annotations

import math

NOTHING = "–"
"""Stands where there is no number."""

_LARGE = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_SMALL = ((1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))
_SYMBOLS = {"bytes": "B", "1": "", "bit": "bit"}
COUNTS = ("parameters", "parameters_trainable", "parameters_non_trainable", "modes_covered")


def number(value: float, unit: str = "1", metric: str = "") -> str:
    """Return `value` with its unit: ``.931``, ``44,550`` (counts), ``12.3 ms``, ``1.20 MFLOP``; a dash for NaN."""
    if value is None or math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if metric in COUNTS:
        return f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"
    if unit in ("1", "", "bit", "nat"):
        return plain(value)
    return si(value, _SYMBOLS.get(unit, unit))


def plain(value: float) -> str:
    """Return a pure number with three decimals, fewer from 10 on, without the zero before the point."""
    size = abs(value)
    if size >= 10_000:
        return si(value).replace(" ", "")
    decimals = 3 if size < 10 else 2 if size < 100 else 1 if size < 1000 else 0
    text = f"{size:,.{decimals}f}"
    text = text[1:] if text.startswith("0.") else text
    return f"−{text}" if value < 0 and any(c in text for c in "123456789") else text


def si(value: float, symbol: str = "") -> str:
    """Return `value` with three digits and an SI prefix: ``1.20 MFLOP``, ``12.3 ms``, ``106k samples/s``."""
    size, sign = abs(value), "−" if value < 0 else ""
    if symbol == "s" and size >= 999.5:
        return f"{sign}{size:,.0f} s"
    scales = _SMALL if symbol == "s" and size else (*_LARGE, (1.0, ""))
    scale, prefix = next((s for s in scales if size >= s[0] * 0.9995), scales[-1])
    text = f"{sign}{_three_digits(size / scale)}"
    # A prefix before a compound unit (ksamples/s) reads badly; it stays with the number.
    return f"{text}{prefix} {symbol}" if "/" in symbol else f"{text} {prefix}{symbol}".rstrip()


def half_width(low: float, high: float, unit: str = "1", metric: str = "") -> str:
    """Return half of an interval as ``± .004``; empty where there is none, or none of width."""
    half = (high - low) / 2
    if math.isnan(half) or half <= 1e-12 * max(abs(low), abs(high)):
        return ""
    return f"± {number(half, unit, metric)}"


def duration(seconds: float) -> str:
    """Return seconds as ``12 s``, ``3 min 20 s`` or ``2 h 05 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s" if seconds >= 9.5 else f"{seconds:.1f} s"
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {whole % 60:02d} s"


def _three_digits(size: float) -> str:
    if size == round(size) and size < 1000:
        return f"{size:.0f}"
    return f"{size:.{2 if size < 9.995 else 1 if size < 99.95 else 0}f}"
