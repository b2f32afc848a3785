"""Numbers as people type them: 5M, 1.5B."""

from __future__ import annotations

from typing import Any

import click

SCALES = {"K": 1e3, "M": 1e6, "B": 1e9, "G": 1e9, "T": 1e12}


class Size(click.ParamType[float]):
    """A number with an optional K, M, B (or G) or T."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number."""
        if isinstance(value, float):
            return value
        text = str(value).strip().upper()
        scale = SCALES.get(text[-1:], 1.0)
        try:
            return float(text.rstrip("".join(SCALES)) if scale > 1 else text) * scale
        except ValueError:
            self.fail(f"expected a number such as 25000, 5M or 1.5B. Received: {value!r}.", param, ctx)
