"""A plain table on the terminal."""

from collections.abc import Mapping, Sequence
from typing import Literal, cast

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

_PIPED_WIDTH = 240
"""Wide enough that a program or a pager gets a row a line."""

Justify = Literal["left", "right"]


def print_wide(table: Table) -> None:
    """Print a table; into a pipe or a file as wide as it is, so that a row stays a line."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PIPED_WIDTH
    console.print(table)


def print_table(columns: Mapping[str, str], rows: Sequence[Sequence[str]], *, empty: str = "Nothing.") -> None:
    """Print rows of text under headings, each column justified ``left`` or ``right``."""
    if not rows:
        click.echo(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, justify in columns.items():
        table.add_column(heading, justify=cast(Justify, justify), overflow="ellipsis", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    print_wide(table)
