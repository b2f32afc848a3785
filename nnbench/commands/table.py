"""A plain table on the terminal."""

from collections.abc import Mapping, Sequence
from typing import Literal

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

Kind = Literal["left", "right", "text"]
"""How a column stands: on the left, on the right, or text on the left that may be cut short."""


def print_wide(table: Table) -> None:
    """Print a table; into a pipe or a file as wide as it is, so that a row stays a line."""
    _console().print(table)


def print_table(columns: Mapping[str, Kind], rows: Sequence[Sequence[str]], *, empty: str = "Nothing.") -> None:
    """Print rows of text under headings.

    A terminal that is too narrow gets the first columns, and says which it does not show: of names and numbers nothing
    is ever cut.
    """
    if not rows:
        click.echo(empty)
        return
    console = _console()
    widths = fitting(columns, rows, console.width)
    console.width = max(console.width, widths[0])
    table = Table(box=None, pad_edge=False, header_style="bold")
    for (heading, kind), width in zip(columns.items(), widths, strict=False):
        side: Literal["left", "right"] = "right" if kind == "right" else "left"
        table.add_column(heading, justify=side, width=width, overflow="ellipsis", no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row[: len(widths)]))
    console.print(table)
    if missing := list(columns)[len(widths) :]:
        console.print(f"(a wider terminal, or --json, also shows {', '.join(missing)})", style="dim")


def fitting(columns: Mapping[str, Kind], rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return the widths of those columns, from the first on, that fit into `width` characters; at least one.

    All are as wide as what they hold, but the last one may be text that is cut short.
    """
    widths: list[int] = []
    for index, (heading, kind) in enumerate(columns.items()):
        needed = max(map(cell_len, (heading, *(row[index] for row in rows))))
        left = width - sum(widths) - _GAP * index
        if needed > left and index:
            return [*widths, left] if kind == "text" and left >= _SHORTEST else widths
        widths.append(needed)
    return widths


def _console() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PIPED_WIDTH
    return console
