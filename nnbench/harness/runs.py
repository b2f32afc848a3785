"""The sessions of one pytest run: one per results folder, opened when a case first needs it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from nnbench.core.errors import NnbenchError
from nnbench.harness.options import PARSERS, RunOptions, parse_options
from nnbench.harness.outcome import Progress, silent
from nnbench.harness.plan import Planned
from nnbench.harness.session import Session
from nnbench.harness.supervision import Verdict
from nnbench.results.record import Attempt

interrupted = False
"""Whether the run was stopped by Ctrl-C or SIGTERM; pytest's exit code alone does not tell."""


def options_of(config: pytest.Config) -> RunOptions:
    """Return the options ``--nnbench-…`` of a pytest run.

    Raises:
        pytest.UsageError: a value outside what is accepted.
    """
    texts = {name: config.getoption(f"--nnbench-{name.replace('_', '-')}") for name in PARSERS}
    try:
        return parse_options({name: text for name, text in texts.items() if text is not None})
    except NnbenchError as error:
        raise pytest.UsageError(str(error)) from None


class Runs:
    """The open sessions of a pytest run."""

    def __init__(self, config: pytest.Config) -> None:
        self.options = options_of(config)
        self.progress: Progress = silent
        self.attempts: list[Attempt] = []
        self.reports: list[Path] = []
        self._sessions: dict[Path, Session] = {}

    def folder(self, suite: str) -> Path:
        """Return the results folder of a suite's cases."""
        return (self.options.out or Path("reports") / suite).absolute()

    def session(self, suite: str, profile: str) -> Session:
        """Return the session that a suite's cases belong to."""
        out = self.folder(suite)
        if out not in self._sessions:
            stop_on_sigterm()
            self._sessions[out] = Session(out, self.options, suite=suite, profile=profile)
        return self._sessions[out]

    def run(self, planned: Planned) -> Attempt:
        """Return a case's attempt, stored or new."""
        return self._noted(self.session(planned.suite, planned.profile).run(planned, self.progress))

    def run_again(self, planned: Planned) -> Attempt:
        """Return a new attempt of a case, whatever is stored."""
        return self._noted(self.session(planned.suite, planned.profile).run_again(planned, self.progress))

    def run_live(self, planned: Planned, execute: Callable[[], Verdict]) -> Attempt:
        """Return a new attempt of a case that `execute` runs in this process."""
        return self._noted(self.session(planned.suite, planned.profile).run_live(planned, execute))

    def _noted(self, attempt: Attempt) -> Attempt:
        self.attempts.append(attempt)
        return attempt

    def finish(self) -> None:
        """Close the sessions and draw a report of each."""
        for out, session in self._sessions.items():
            session.close()
            from nnbench.report.write import write_report

            self.reports.append(write_report(out))
        self._sessions.clear()


_RUNS = pytest.StashKey[Runs]()


def runs_of(config: pytest.Config) -> Runs:
    """Return the runs of a pytest run, made at the first call."""
    if _RUNS not in config.stash:
        config.stash[_RUNS] = Runs(config)
    return config.stash[_RUNS]


def stop_on_sigterm() -> None:
    """Treat SIGTERM as Ctrl-C: the attempt in flight is written as cancelled and the workers are stopped."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
