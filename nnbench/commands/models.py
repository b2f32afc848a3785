"""``nnbench models``: the registered variants, without loading a backend."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from nnbench.commands.sizes import Size

if TYPE_CHECKING:
    from nnbench.commands.table import Kind
    from nnbench.core.model import ModelInfo

COLUMNS: dict[str, Kind] = {
    "model": "left",
    "family": "left",
    "parameters": "right",
    "GFLOPs": "right",
    "input": "left",
    "classes": "right",
    "paper": "text",
}


@click.command("models")
@click.argument("pattern", default="*")
@click.option("--family", help="Only this family.")
@click.option("--min", "least", type=Size(), help="Only with at least so many parameters, such as 5M.")
@click.option("--max", "most", type=Size(), help="Only with at most so many parameters, such as 50M.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks.")
def command(pattern: str, family: str | None, least: float | None, most: float | None, as_json: bool) -> None:
    """List models whose name matches PATTERN, such as 'resnet*', with their exact costs."""
    from nnbench.core.catalog import list_models, model_info

    _check_family(family)
    infos = [info for info in map(model_info, list_models(pattern, family)) if _within(info.parameters, least, most)]
    if as_json:
        click.echo(json.dumps([_fields(info) for info in infos], indent=1))
        return
    from nnbench.commands.table import print_table

    print_table(COLUMNS, [_cells(info) for info in infos], empty=f"No model matches {pattern!r}.")


def _within(parameters: int | None, least: float | None, most: float | None) -> bool:
    if least is None and most is None:
        return True
    return parameters is not None and (least or 0) <= parameters <= (float("inf") if most is None else most)


def _check_family(family: str | None) -> None:
    from nnbench.core.catalog import list_models, model_info
    from nnbench.core.errors import UnknownNameError
    from nnbench.core.registry import did_you_mean

    known = sorted({model_info(name).family for name in list_models()})
    if family is not None and family not in known:
        raise UnknownNameError(f"Unknown family {family!r}; there are {', '.join(known)}.{did_you_mean(family, known)}")


def _fields(info: ModelInfo) -> dict[str, Any]:
    return {
        "model": info.name,
        "family": info.family,
        "parameters": info.parameters,
        "flops": info.flops,
        "tasks": list(info.tasks),
        "inputs": list(info.inputs),
        "input": list(info.input_shape),
        "classes": info.classes,
        "feature_layer": info.feature_layer,
        "paper": info.paper.title,
        "authors": info.paper.authors,
        "year": info.paper.year,
        "url": info.paper.url,
        "licence": info.licence,
        "weights": list(info.weights),
        "summary": info.summary,
    }


def _cells(info: ModelInfo) -> list[str]:
    return [
        info.name,
        info.family,
        "–" if info.parameters is None else f"{info.parameters:,}",
        "–" if info.flops is None else _three_digits(info.flops / 1e9),
        "×".join(map(str, info.input_shape)),
        "" if info.classes is None else str(info.classes),
        f"{_cited(info.paper.authors)} {info.paper.year}",
    ]


def _cited(authors: str) -> str:
    """Return "A et al." where there are more than two."""
    first, comma, _ = authors.partition(", ")
    return f"{first} et al." if comma else authors


def _three_digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
