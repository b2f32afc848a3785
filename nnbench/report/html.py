"""One self-contained page from stored attempts: no request leaves it, and no name in it becomes markup."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from nnbench.report.cells import overview_cells
from nnbench.report.corruption import corruption_errors
from nnbench.report.facts import facts
from nnbench.report.figures import draw_figures, family_colour
from nnbench.report.formatting import duration, number, plain
from nnbench.report.frames import by_family, failures, not_applicable, published, varying
from nnbench.report.readable import CORRUPTION_TITLES, METRICS, PLACES, readable_corruption_errors
from nnbench.report.stored import Stored
from nnbench.results.record import FAILURES


def render(stored: Stored) -> str:
    """Return the report as HTML text."""
    environment = _environment()
    script = environment.get_template("report.js").render()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    found = facts(stored)
    return environment.get_template("report.html.j2").render(
        facts=found,
        title=", ".join(found.suites) or "results",
        table=overview_cells(stored),
        published=_published(stored),
        corruption=_corruption(stored),
        figures=draw_figures(stored),
        failures=_failures(stored),
        inapplicable=not_applicable(stored.frame).to_dict("records"),
        runs=_runs(stored),
        script=Markup(script),
        script_digest=digest,
    )


def _environment() -> Environment:
    loader = PackageLoader("nnbench.report", "templates")
    environment = Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    environment.filters |= {"duration": duration, "family_colour": family_colour, "svg": Markup}
    return environment


def _published(stored: Stored) -> list[dict[str, Any]]:
    rows = published(stored.summary).to_dict("records")
    return [
        {
            **{str(k): v for k, v in r.items()},
            "metric": METRICS.get(r["metric"], r["metric"]),
            "value": plain(r["published"]),
            "measured": plain(r["mean"]),
            "interval": "" if r["low"] != r["low"] else f"{plain(r['low'])} … {plain(r['high'])}",
            "gap": f"{'+' if r['difference'] > 0 else ''}{plain(r['difference'])}",
        }
        for r in rows
    ]


def _corruption(stored: Stored) -> list[dict[str, Any]]:
    """Return nets beside the reference of their mCE: the numbers, to sort by, and under ``shown`` their texts."""
    errors = corruption_errors(stored.summary)
    texts = readable_corruption_errors(errors).rename(columns={v: k for k, v in CORRUPTION_TITLES.items()})
    places = [" · ".join(map(str, r)) for r in errors[varying(errors, PLACES)].itertuples(index=False)]
    rows = zip(errors.to_dict("records"), texts.to_dict("records"), places, strict=True)
    return [{**{str(k): v for k, v in r.items()}, "shown": text, "place": place} for r, text, place in rows]


def _failures(stored: Stored) -> list[dict[str, Any]]:
    """Return what did not end ok, failures first, each with its traceback."""
    errors = stored.attempts.set_index("attempt_id")["error"]
    rows = by_family(failures(stored.frame)).to_dict("records")
    rows.sort(key=lambda r: r["status"] not in FAILURES)
    return [
        {**{str(k): v for k, v in r.items()}, "failed": r["status"] in FAILURES, "error": errors[r["attempt_id"]]}
        for r in rows
    ]


def _runs(stored: Stored) -> list[dict[str, Any]]:
    """Return the runs, newest first, each with its environment as rows; equal environments are shown once."""
    shown: list[Any] = []
    runs = []
    for run in reversed(stored.runs):
        known = run["environment"] in shown
        shown.append(run["environment"])
        rows = [] if known else list(_flat(run["environment"]))
        runs.append({**run, "when": f"{run['started'][:16].replace('T', ' ')} UTC", "rows": rows})
    return runs


def _flat(value: Any, name: str = "") -> list[tuple[str, str]]:
    """Return nested plain data as rows of a table: name and value."""
    if isinstance(value, dict):
        return [row for key, inner in value.items() for row in _flat(inner, f"{name} {key}".strip())]
    if isinstance(value, list) and any(isinstance(v, (dict, list)) for v in value):
        return [row for i, inner in enumerate(value, 1) for row in _flat(inner, f"{name} {i}".strip())]
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    if name.endswith("_bytes") and isinstance(value, int):
        return [(name.removesuffix("_bytes"), number(value, "bytes"))]
    return [(name.removeprefix("packages ").replace("_", " "), str(value))]
