"""``nnbench params``: exact parameter counts, whatever the size."""

from __future__ import annotations

import json
from typing import Any

import click


@click.command("params")
@click.argument("names", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks.")
def command(names: tuple[str, ...], as_json: bool) -> None:
    """Count the parameters of NAMES exactly, without allocating any weight."""
    import os

    from nnbench.core.catalog import model_info
    from nnbench.runtime.names import DEFAULT_BACKEND
    from nnbench.runtime.quiet import load_backend

    for name in names:
        model_info(name)  # a misspelt name is told before a backend is loaded
    load_backend(os.environ.get("KERAS_BACKEND", DEFAULT_BACKEND))
    rows = [row for name in names for row in _rows(name)]
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    from nnbench.commands.table import print_table

    numbers = ("trainable", "non_trainable", "total")
    columns = {"model": "left", "network": "left", **dict.fromkeys(numbers, "right")}
    print_table(columns, [[row["model"], row["network"], *(f"{row[n]:,}" for n in numbers)] for row in rows])


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
