"""``nnbench datasets``: the registered datasets, without loading any."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from nnbench.commands.table import Kind

COLUMNS: dict[str, Kind] = {
    "dataset": "left",
    "task": "left",
    "kind": "left",
    "shape": "left",
    "classes": "right",
    "train": "right",
    "test": "right",
    "data": "left",
    "licence": "text",
}


@click.command("datasets")
@click.argument("pattern", default="*")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks.")
def command(pattern: str, as_json: bool) -> None:
    """List datasets whose name matches PATTERN."""
    from nnbench.core.catalog import list_datasets

    rows = [_row(name) for name in list_datasets(pattern)]
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    from nnbench.commands.table import print_table

    print_table(COLUMNS, [_cells(row) for row in rows], empty=f"No dataset matches {pattern!r}.")


def _row(name: str) -> dict[str, Any]:
    from nnbench.core.catalog import dataset_info

    spec = dataset_info(name)
    return {
        "dataset": name,
        "task": spec.task,
        "kind": spec.kind,
        "shape": list(spec.shape),
        "classes": spec.classes,
        "bounds": spec.bounds,
        "sizes": dict(spec.sizes),
        "embedded": spec.embedded,
        "files": list(spec.files),
        "source": spec.source,
        "licence": spec.licence,
    }


def _cells(row: dict[str, Any]) -> list[str]:
    shape = "×".join(map(str, row["shape"]))
    sizes = [f"{row['sizes'][s]:,}" if s in row["sizes"] else "" for s in ("train", "test")]
    data = "embedded" if row["embedded"] else "downloaded"
    return [row["dataset"], row["task"], row["kind"], shape, str(row["classes"] or ""), *sizes, data, row["licence"]]
