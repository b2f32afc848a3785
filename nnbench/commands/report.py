"""``nnbench report``: a results folder's page and table, drawn anew."""

from pathlib import Path

import click


@click.command("report")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--reference", multiple=True, help="A model that mCE divides by; one for each dataset, if need be.")
@click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks.")
def command(folder: Path, reference: tuple[str, ...]) -> None:
    """Draw index.html and results.csv of FOLDER from its stored attempts alone."""
    from nnbench.report.write import write_report

    click.echo(write_report(folder, reference))
