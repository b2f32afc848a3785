"""The command line. Each command imports what it needs, so that help and listings are instant."""

from __future__ import annotations

import sys

import click

from nnbench.commands.root import cli
from nnbench.core.errors import NnbenchError

INTERRUPTED = 130


def main() -> None:
    """Run the command line; a foreseeable mistake is one line and exit code 2, and ``--debug`` shows its traceback."""
    try:
        sys.exit(cli(prog_name="nnbench", standalone_mode=False))
    except click.Abort:  # click's word for Ctrl-C
        print("nnbench: interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except NnbenchError as error:
        if "--debug" in sys.argv:
            raise
        print(f"nnbench: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
