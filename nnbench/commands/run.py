"""``nnbench run``: a suite through pytest, or one stored case again."""

from __future__ import annotations

import sys

import click


@click.command(
    "run",
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    epilog="Further options go to pytest: -k gru, -m \"family(name='cnn')\", -x, --lf, --benchmark-save=NAME …",
)
@click.argument("suite", required=False)
@click.option("--backend", metavar="NAMES", help="tensorflow (default), jax, torch; several with commas.")
@click.option("--device", metavar="NAMES", help="cpu (default), gpu; several with commas.")
@click.option("--seeds", metavar="N|LIST", help="A count such as 3, or a list such as 0,1,2.")
@click.option("--profile", metavar="NAME", help="smoke, quick or full; by default the suite's own.")
@click.option("--precision", metavar="POLICY", help="A Keras dtype policy; float32 by default.")
@click.option("--out", metavar="DIR", help="Results folder; reports/SUITE by default.")
@click.option("--timeout", metavar="SECONDS", help="What one attempt may take.")
@click.option("--memory-limit", metavar="SIZE", help="Resident memory at which a worker is stopped, such as 8G.")
@click.option("--case", "case_id", metavar="ID", help="Run this stored case again instead of a suite.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_context
def command(ctx: click.Context, /, suite: str | None, case_id: str | None, debug: bool, **options: str | None) -> None:
    """Run SUITE: a name such as `quick`, or a path to a bench_*.py file.

    Cases that the results folder already has are not run again. Exit code: 0 all ok, 1 some case failed, 2 usage
    error, 130 interrupted.
    """
    given = {name: value for name, value in options.items() if value is not None}
    if case_id:
        others = [*filter(None, [suite]), *ctx.args]
        sys.exit(_rerun(case_id, given, others))
    from nnbench.harness.launcher import available_suites, run_suite

    if suite is None or suite.startswith("-"):
        known = ", ".join(available_suites())
        raise click.UsageError(f"Name a suite first: {known}, or a path to a bench_*.py file. Options follow it.")
    arguments = [f"--nnbench-{name.replace('_', '-')}={value}" for name, value in given.items()]
    sys.exit(run_suite(suite, [*arguments, *ctx.args], out=options["out"], debug=debug))


def _rerun(case_id: str, given: dict[str, str], others: list[str]) -> int:
    from nnbench.harness.options import parse_options
    from nnbench.harness.rerun import rerun

    wrong = [*(f"--{name}" for name in given if name not in ("out", "timeout", "memory_limit")), *others]
    if wrong:
        raise click.UsageError(f"--case runs a stored case as it was. Received besides: {', '.join(wrong)}.")
    return rerun(case_id, parse_options(given))
