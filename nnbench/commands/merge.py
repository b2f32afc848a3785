"""``nnbench merge``: several results folders into one."""

from pathlib import Path

import click


@click.command("merge")
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder that gets everything.")
@click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks.")
def command(folders: tuple[Path, ...], out: Path) -> None:
    """Put the attempts of FOLDERS into one results folder, each once."""
    from nnbench.report.write import write_report
    from nnbench.results.merge import merge

    added = merge(folders, out)
    click.echo(f"{added} attempts added to {out}; report: {write_report(out)}")
