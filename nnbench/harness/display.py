"""What a person sees while a suite runs: a bar, the case and its phase; then the results in short."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from nnbench.harness.runs import Runs, runs_of
from nnbench.results.record import Attempt

_PIPED_WIDTH = 240
_FAILED = ("✗", "red")
_MARKS = {"skipped": ("–", "yellow"), "unsupported": ("–", "yellow")}


class RunDisplay:
    """A pytest plugin that draws the progress of `nnbench run` on standard error."""

    def __init__(self, suite: str) -> None:
        self.suite = suite
        self._console = Console(stderr=True, highlight=False)
        if not self._console.is_terminal:
            self._console.width = _PIPED_WIDTH
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[now]}"),
            console=self._console,
            transient=True,
            refresh_per_second=5,
        )
        self._task: Any = None
        self._case = ""
        self._shown = 0

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Print why a suite cannot be read."""
        if report.failed:
            self._console.print(report.longreprtext, markup=False, soft_wrap=True)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Print what a test of the suite's own recorded, and why it failed; cases have their line already."""
        if report.when == "call":
            for name, value in report.user_properties:
                if name != "nnbench":
                    self._console.print(f"{name}: {value}", markup=False, soft_wrap=True)
        if report.failed and "nnbench" not in dict(report.user_properties):
            crash = getattr(report.longrepr, "reprcrash", None)
            self._print_line(_FAILED, f"{report.nodeid} ", "", crash.message if crash else report.longreprtext)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Start the bar once the cases are known."""
        if session.config.option.collectonly or not session.items:
            return
        self._task = self._progress.add_task(self.suite, total=len(session.items), now="")
        runs_of(session.config).progress = self._on_progress
        self._progress.start()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Name the case that starts."""
        self._case = escape(nodeid.rpartition("::")[2])
        self._show(self._case)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        """Count a case when it has ended, and print a line where it did not end well."""
        result = yield
        runs = runs_of(item.config)
        for attempt in runs.attempts[self._shown :]:
            self._print_trouble(attempt)
        self._shown = len(runs.attempts)
        if self._task is not None:
            self._progress.advance(self._task)
        return result

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str]:
        """Leave out pytest's letters; the bar says it."""
        return (report.outcome if report.when == "call" or report.outcome != "passed" else "", "", "")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Stop the bar, and show what came out."""
        self._progress.stop()
        if session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            self._console.print("No case matches.")
        runs = runs_of(session.config)
        if runs.attempts:
            self._summarise(runs)

    def _on_progress(self, phase: str, done: int, total: int) -> None:
        self._show(f"{self._case} [dim]{phase}{f' {done}/{total}' if total else ''}[/]")

    def _show(self, text: str) -> None:
        if self._task is not None:
            self._progress.update(self._task, now=text)

    def _print_trouble(self, attempt: Attempt) -> None:
        if not attempt.ok:
            mark = _MARKS.get(attempt.status, _FAILED)
            self._print_line(mark, f"{attempt.case.label} ", f"{attempt.status}: ", attempt.reason)

    def _print_line(self, mark: tuple[str, str], what: str, status: str, why: str) -> None:
        """Print a line in one go, since the bar is drawn after whatever is printed; names may hold rich's markup."""
        line = Text.assemble(mark, " ", what, (status, "dim"), why)
        self._progress.console.print(line, soft_wrap=True)

    def _summarise(self, runs: Runs) -> None:
        for report in runs.reports:
            self._print_table(report.parent)
        counts: dict[str, int] = {}
        for attempt in runs.attempts:
            counts[attempt.status] = counts.get(attempt.status, 0) + 1
        self._console.print(", ".join(f"{n} {status}" for status, n in sorted(counts.items(), key=lambda c: -c[1])))
        for report in runs.reports:
            self._console.print(f"report: {report}", soft_wrap=True)

    def _print_table(self, folder: Path) -> None:
        from nnbench.report.corruption import corruption_errors, with_corruption_errors
        from nnbench.report.frames import summary
        from nnbench.report.overview import overview
        from nnbench.report.terminal import corruption_table, overview_table
        from nnbench.results.load import load_results

        width = self._console.width if self._console.is_terminal else None
        found = summary(with_corruption_errors(load_results(folder)))
        self._console.print(overview_table(overview(found), width=width))
        if len(errors := corruption_errors(found)):
            self._console.print(corruption_table(errors))
