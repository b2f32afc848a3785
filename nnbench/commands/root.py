"""The command `nnbench` itself: finds the command to run and imports it alone."""

from __future__ import annotations

import importlib

import click

from nnbench import __version__
from nnbench.core.registry import did_you_mean

COMMANDS = {
    "run": "Run a suite, or one case again.",
    "report": "Draw a results folder's report anew.",
    "compare": "Compare two results folders, or two backends, devices or seeds.",
    "models": "List the models there are.",
    "params": "Count parameters exactly, without allocating any.",
    "datasets": "List the datasets there are.",
    "doctor": "Say what this machine can run.",
    "merge": "Put several results folders into one.",
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names in the order of the table above."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; an unknown name gets a suggestion."""
        if cmd_name not in COMMANDS:
            ctx.fail(f"No such command {cmd_name!r}.{did_you_mean(cmd_name, list(COMMANDS))}")
        command: click.Command = importlib.import_module(f"nnbench.commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=LazyGroup)
@click.version_option(__version__, prog_name="nnbench")
@click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks.")
def cli() -> None:
    """Neural networks of every family under Keras: what they cost, and how far they can be trusted."""
