"""``nnbench params``: exact parameter counts, whatever the size."""

from __future__ import annotations

import json
from typing import Any

import click


@click.command("params")
@click.argument("names", nargs=-1, required=True)
@click.option("--blocks", is_flag=True, help="Count by block, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks.")
def command(names: tuple[str, ...], blocks: bool, as_json: bool) -> None:
    """Count the parameters of NAMES exactly, without allocating any weight."""
    import os

    from nnbench.core.catalog import model_info
    from nnbench.runtime.names import DEFAULT_BACKEND
    from nnbench.runtime.quiet import load_backend

    for name in names:
        model_info(name)  # a misspelt name is told before a backend is loaded
    load_backend(os.environ.get("KERAS_BACKEND", DEFAULT_BACKEND))
    rows = [row for name in names for row in (*_rows(name), *(_blocks(name) if blocks else ()))]
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    from nnbench.commands.table import Kind, print_table

    numbers = ("trainable", "non_trainable", "total")
    columns: dict[str, Kind] = {"model": "left", "network": "left", **dict.fromkeys(numbers, "right")}
    print_table(columns, [[row["model"], row["network"], *(_number(row.get(n)) for n in numbers)] for row in rows])


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _blocks(name: str) -> list[dict[str, Any]]:
    """Return a row for each block of what `create_model` returns; repeated blocks of one size share a row."""
    from nnbench.core.catalog import create_model
    from nnbench.core.values import without_values
    from nnbench.metrics.parameters import blocks

    with without_values():
        counts = blocks(create_model(name))
    return [{"model": name, "network": f"  {block}", "total": total} for block, total in counts.items()]


def _rows(name: str) -> list[dict[str, Any]]:
    from nnbench.core.catalog import model_info
    from nnbench.metrics.parameters import count_parameters

    count = count_parameters(name)
    networks = {model_info(name).network: count, **count.parts}
    return [
        {
            "model": name,
            "network": network,
            "trainable": c.trainable,
            "non_trainable": c.non_trainable,
            "total": c.total,
        }
        for network, c in networks.items()
    ]
