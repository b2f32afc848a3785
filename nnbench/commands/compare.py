"""``nnbench compare``: two results side by side."""

import click


@click.command("compare")
@click.argument("baseline")
@click.argument("candidate")
@click.option("--markdown", is_flag=True, help="Print a Markdown table.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, every metric.")
@click.option("--all", "every", is_flag=True, help="Show every metric, not only the main ones.")
@click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks.")
def command(baseline: str, candidate: str, markdown: bool, as_json: bool, every: bool) -> None:
    """Compare CANDIDATE with BASELINE, case by case.

    Either is a results folder, or a part of one: reports/quick@backend=jax, reports/quick@seed=1.
    """
    from nnbench.report.comparison import compare

    frame = compare(baseline, candidate)
    if as_json:
        click.echo(frame.to_json(orient="records", indent=1))
        return
    from nnbench.report.readable import headline, readable_comparison

    shown = frame if every else headline(frame)
    if markdown:
        from nnbench.report.markdown import markdown as as_markdown

        click.echo(as_markdown(readable_comparison(shown)))
        return
    from nnbench.commands.table import print_wide
    from nnbench.report.terminal import comparison_table

    print_wide(comparison_table(shown))
