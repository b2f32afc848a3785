"""A plain table on the terminal."""

from collections.abc import Mapping, Sequence
from typing import Literal, cast

from rich.console import Console
from rich.table import Table
from rich.text import Text

_PIPED_WIDTH = 240
"""Wide enough that a program or a pager gets a row a line."""

Justify = Literal["left", "right"]


def print_table(columns: Mapping[str, str], rows: Sequence[Sequence[str]], *, empty: str = "Nothing.") -> None:
    """Print rows of text under headings, each column justified ``left`` or ``right``."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PIPED_WIDTH
    if not rows:
        console.print(empty, markup=False)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, justify in columns.items():
        table.add_column(heading, justify=cast(Justify, justify), overflow="ellipsis", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)
