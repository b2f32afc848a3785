"""`nnbench run` is pytest underneath; this finds the suite and starts pytest on it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import nnbench
from nnbench.core.errors import UnknownNameError
from nnbench.core.registry import did_you_mean
from nnbench.harness import runs
from nnbench.harness.display import RunDisplay

_PREFIX = "bench_"
_CONFIG = Path(__file__).with_name("run.ini")
_QUIET = ("-qq", "--no-header", "--no-summary", "--show-capture=no", "--benchmark-quiet", "-p", "no:warnings")

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def suites_folder() -> Path:
    """Return where the suites are: inside the installed package, or beside it in a checkout."""
    package = Path(nnbench.__file__).parent
    shipped = package / "suites"
    return shipped if shipped.is_dir() else package.parent / "suites"


def available_suites() -> list[str]:
    """Return the names of the suites that ship with nnbench."""
    return sorted(p.stem.removeprefix(_PREFIX) for p in suites_folder().glob(f"{_PREFIX}*.py"))


def find_suite(name: str) -> Path:
    """Return the file of a suite, by name or path.

    Raises:
        UnknownNameError: there is none; the text suggests the nearest.
    """
    if name.endswith(".py") or os.sep in name:
        path = Path(name)
        if path.is_file():
            return path.absolute()
        raise UnknownNameError(f"There is no suite file {name!r}.")
    path = suites_folder() / f"{_PREFIX}{name}.py"
    if not path.is_file():
        known = available_suites()
        raise UnknownNameError(f"Unknown suite {name!r}; there are {', '.join(known)}.{did_you_mean(name, known)}")
    return path


def run_suite(name: str, arguments: list[str], *, out: str | None, debug: bool = False) -> int:
    """Run a suite and return the exit code: 0 all ok, 1 some case failed, 2 usage error, 130 interrupted.

    The pytest configuration of the current folder is ignored; pytest's cache and what pytest-benchmark saves lie in
    the results folder.
    """
    suite = find_suite(name)
    folder = Path(out) if out else Path("reports") / suite.stem.removeprefix(_PREFIX)
    kept = (
        "-o",
        f"cache_dir={folder.absolute() / '.pytest_cache'}",
        f"--benchmark-storage=file://{folder}/.benchmarks",
    )
    where = ("-c", str(_CONFIG), f"--rootdir={suite.parent}")
    quiet = () if debug else _QUIET
    display = RunDisplay(suite.stem.removeprefix(_PREFIX))
    code = pytest.main([str(suite), *where, *kept, *quiet, *arguments], plugins=[display])
    return exit_code(code)


def exit_code(code: int | pytest.ExitCode) -> int:
    """Return our exit code for pytest's."""
    if runs.interrupted:
        return INTERRUPTED
    if code == pytest.ExitCode.OK:
        return OK
    return FAILED if code == pytest.ExitCode.TESTS_FAILED else USAGE
