"""Frames as GitHub tables."""

from __future__ import annotations

import re

import pandas as pd

_ESCAPES = str.maketrans({"|": "\\|", "<": "&lt;", ">": "&gt;", "\n": " ", "\r": " "})
_NUMERIC = re.compile(r"^[+−±∞-]?[\d.,]+.*|^[–∞]?$|^nan$")


def markdown(frame: pd.DataFrame) -> str:
    """Return `frame` as an aligned GitHub table; its index is left out, columns of numbers stand right.

    Names are escaped: a ``|`` does not end a cell, and ``<`` is no tag.
    """
    columns = [[str(c), *map(str, frame[c])] for c in frame.columns]
    cells = [[text.translate(_ESCAPES) for text in column] for column in columns]
    right = [any(column[1:]) and all(map(_NUMERIC.match, column[1:])) for column in columns]
    widths = [max(3, *map(len, column)) for column in cells]
    padded = [[_pad(t, w, r) for t in column] for column, w, r in zip(cells, widths, right, strict=True)]
    rules = [f"{'-' * (w - 1)}:" if r else "-" * w for w, r in zip(widths, right, strict=True)]
    header, *rows = zip(*padded, strict=True)
    return "".join(f"| {' | '.join(line)} |\n" for line in (header, rules, *rows))


def _pad(text: str, width: int, right: bool) -> str:
    return text.rjust(width) if right else text.ljust(width)
