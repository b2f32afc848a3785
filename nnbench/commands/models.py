"""``nnbench models``: the registered variants, without loading a backend."""

from __future__ import annotations

import json
from typing import Any

import click


@click.command("models")
@click.argument("pattern", default="*")
@click.option("--family", help="Only this family.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks.")
def command(pattern: str, family: str | None, as_json: bool) -> None:
    """List models whose name matches PATTERN, such as 'resnet*'."""
    from nnbench.core.catalog import list_models

    _check_family(family)
    rows = [_row(name) for name in list_models(pattern, family)]
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    from nnbench.commands.table import print_table

    columns = {"model": "left", "family": "left", "input": "left", "classes": "right", "paper": "left"}
    print_table(columns, [[_text(row[c]) for c in columns] for row in rows], empty=f"No model matches {pattern!r}.")


def _check_family(family: str | None) -> None:
    from nnbench.core.catalog import list_models, model_info
    from nnbench.core.errors import UnknownNameError
    from nnbench.core.registry import did_you_mean

    known = sorted({model_info(name).family for name in list_models()})
    if family is not None and family not in known:
        raise UnknownNameError(f"Unknown family {family!r}; there are {', '.join(known)}.{did_you_mean(family, known)}")


def _row(name: str) -> dict[str, Any]:
    from nnbench.core.catalog import model_info

    info = model_info(name)
    return {
        "model": name,
        "family": info.family,
        "tasks": list(info.tasks),
        "inputs": list(info.inputs),
        "input": list(info.input_shape),
        "classes": info.classes,
        "paper": f"{info.paper.authors} {info.paper.year}",
        "url": info.paper.url,
        "summary": info.summary,
    }


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ("×" if all(isinstance(v, int | None) for v in value) else ", ").join(map(str, value))
    return "" if value is None else str(value)
