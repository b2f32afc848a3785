"""``nnbench doctor``: what this machine has, and what it lacks."""

from __future__ import annotations

import json
from typing import Any

import click


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks.")
def command(as_json: bool) -> None:
    """Say which backends, devices and datasets this machine has."""
    rows = examine()
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    from nnbench.commands.table import print_table

    print_table({"what": "left", "found": "text"}, [[row["what"], row["found"]] for row in rows])


def examine() -> list[dict[str, Any]]:
    """Return what there is, a row each."""
    from nnbench.results.environment import environment
    from nnbench.runtime.names import BACKENDS

    found = environment()
    memory = f"{found['memory_bytes'] / 2**30:.1f} GiB"
    rows = [
        {"what": "python", "found": found["python"]},
        {"what": "system", "found": found["system"]},
        {"what": "processor", "found": f"{found['processor']}, {found['cores']} cores, {memory}"},
    ]
    rows += [{"what": f"package {name}", "found": version} for name, version in found["packages"].items()]
    rows += [{"what": f"backend {backend}", "found": _backend(backend)} for backend in BACKENDS]
    return rows + _datasets()


def _backend(backend: str) -> str:
    """Load a backend in a process of its own and ask it for its devices."""
    import subprocess
    import sys

    from nnbench.runtime.launch import missing_backend, worker_environment

    reason = missing_backend(backend)
    if reason:
        return reason
    script = "import json; from nnbench.runtime.engine import engine; print(json.dumps(engine().devices()))"
    done = subprocess.run(
        [sys.executable, "-c", script], env=worker_environment(backend, "gpu"), capture_output=True, text=True
    )
    if done.returncode:
        return f"does not start: {done.stderr.strip().splitlines()[-1]}"
    devices = json.loads(done.stdout.strip().splitlines()[-1])
    return "; ".join(f"{kind}: {', '.join(names)}" for kind, names in devices.items() if names)


def _datasets() -> list[dict[str, Any]]:
    from nnbench.core.catalog import dataset_info, list_datasets

    embedded = [name for name in list_datasets() if dataset_info(name).embedded]
    others = [name for name in list_datasets() if not dataset_info(name).embedded]
    return [
        {"what": "datasets embedded", "found": ", ".join(embedded)},
        {"what": "datasets from files", "found": ", ".join(others)},
    ]
