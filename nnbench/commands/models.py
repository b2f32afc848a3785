"""``nnbench models``: the registered variants, without loading a backend."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from nnbench.commands.sizes import Size

if TYPE_CHECKING:
    from nnbench.commands.table import Kind
    from nnbench.core.costs import Cost
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
@click.option("--count", is_flag=True, help="Also count models whose costs are not kept; loads a backend.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks.")
def command(
    pattern: str, family: str | None, least: float | None, most: float | None, count: bool, as_json: bool
) -> None:
    """List models whose name matches PATTERN, such as 'resnet*', with their exact costs.

    The costs of models that other packages register are not kept: --count builds these, without values.
    """
    from nnbench.core.catalog import list_models, model_info

    _check_family(family)
    names = list_models(pattern, family)
    costs = _costs(names, count)
    shown = [(model_info(name), costs[name]) for name in names if _within(costs[name], least, most)]
    if as_json:
        click.echo(json.dumps([_fields(*row) for row in shown], indent=1))
        return
    from nnbench.commands.table import print_table

    print_table(COLUMNS, [_cells(*row) for row in shown], empty=f"No model matches {pattern!r}.")
    _print_total(len(shown), uncounted=sum(cost is None for _, cost in shown), counting=count)


def _costs(names: list[str], count: bool) -> dict[str, Cost | None]:
    """Return the kept costs by name; None for other packages' models, unless they are to be counted."""
    from nnbench.core.costs import stored_cost

    costs = {name: stored_cost(name) for name in names}
    unknown = [name for name, cost in costs.items() if cost is None]
    if count and unknown:
        _load_backend()
        costs.update((name, _counted(name)) for name in unknown)
    return costs


def _load_backend() -> None:
    import os

    from nnbench.runtime.names import DEFAULT_BACKEND
    from nnbench.runtime.quiet import load_backend

    load_backend(os.environ.get("KERAS_BACKEND", DEFAULT_BACKEND))


def _counted(name: str) -> Cost | None:
    """Return a model's cost; one that cannot be built is told and does not keep the others from being listed."""
    from nnbench.metrics.costs import counted_cost

    try:
        return counted_cost(name)
    except Exception as error:
        click.echo(f"{name} cannot be counted: {error!r}", err=True)
        return None


def _print_total(models: int, *, uncounted: int, counting: bool) -> None:
    if models:
        hint = f"; --count also counts the {uncounted} whose costs are not kept" if uncounted and not counting else ""
        click.secho(f"{models} model{'s' if models > 1 else ''}{hint}", dim=True)


def _within(cost: Cost | None, least: float | None, most: float | None) -> bool:
    if least is None and most is None:
        return True
    return cost is not None and (least or 0) <= cost.parameters <= (float("inf") if most is None else most)


def _check_family(family: str | None) -> None:
    from nnbench.core.catalog import list_models, model_info
    from nnbench.core.errors import UnknownNameError
    from nnbench.core.registry import did_you_mean

    known = sorted({model_info(name).family for name in list_models()})
    if family is not None and family not in known:
        raise UnknownNameError(f"Unknown family {family!r}; there are {', '.join(known)}.{did_you_mean(family, known)}")


def _fields(info: ModelInfo, cost: Cost | None) -> dict[str, Any]:
    return {
        "model": info.name,
        "family": info.family,
        "parameters": None if cost is None else cost.parameters,
        "flops": None if cost is None else cost.flops,
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


def _cells(info: ModelInfo, cost: Cost | None) -> list[str]:
    return [
        info.name,
        info.family,
        "–" if cost is None else f"{cost.parameters:,}",
        "–" if cost is None or cost.flops is None else _three_digits(cost.flops / 1e9),
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
