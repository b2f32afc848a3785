"""A plain table on the terminal."""

from collections.abc import Mapping, Sequence
from typing import Literal, cast

import click
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

_PIPED_WIDTH = 240
"""Wide enough that a program or a pager gets a row a line."""
_GAP = 2
_SHORTEST = 12
"""Below so many characters, text that is cut short says nothing."""

Justify = Literal["left", "right"]


def print_wide(table: Table) -> None:
    """Print a table; into a pipe or a file as wide as it is, so that a row stays a line."""
    _console().print(table)


def print_table(columns: Mapping[str, str], rows: Sequence[Sequence[str]], *, empty: str = "Nothing.") -> None:
    """Print rows of text under headings, each column justified ``left`` or ``right``.

    A terminal that is too narrow gets the first columns, and says which it does not show: numbers are never cut.
    """
    if not rows:
        click.echo(empty)
        return
    console = _console()
    shown = fitting(columns, rows, console.width)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in list(columns)[:shown]:
        table.add_column(heading, justify=cast(Justify, columns[heading]), overflow="ellipsis", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row[:shown]))
    console.print(table)
    if shown < len(columns):
        console.print(f"(a wider terminal, or --json, also shows {', '.join(list(columns)[shown:])})", style="dim")


def fitting(columns: Mapping[str, str], rows: Sequence[Sequence[str]], width: int) -> int:
    """Return how many columns, from the first on, fit into `width` characters; at least one.

    The last one may be text that is cut short.
    """
    used = 0
    for index, (heading, justify) in enumerate(columns.items()):
        needed = max(map(cell_len, (heading, *(row[index] for row in rows))))
        if used + needed > width and index:
            left = width - used
            return index + (justify == "left" and left >= _SHORTEST)
        used += needed + _GAP
    return len(columns)


def _console() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PIPED_WIDTH
    return console
