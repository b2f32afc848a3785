"""A run: the store, the workers, and what is missing between them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from nnbench.core.errors import ArgumentError
from nnbench.core.measurement import HIGHER, LOWER, Measurement
from nnbench.core.recipe import Published
from nnbench.harness.options import TIMEOUTS, RunOptions
from nnbench.harness.outcome import Outcome, Progress, silent
from nnbench.harness.plan import Planned
from nnbench.harness.supervision import Verdict, Worker
from nnbench.results.environment import environment
from nnbench.results.record import Attempt
from nnbench.results.store import Store, reading, store_path

_MEMORY_SHARE = 0.9


class Session:
    """Runs planned cases that the store does not have yet, and writes each attempt as it ends.

    Args:
        out: the results folder; created where there is none.
    """

    def __init__(self, out: Path, options: RunOptions, *, suite: str, profile: str) -> None:
        check_folder(out)
        self.out, self.options = out, options
        self._store = Store(out)
        self._environment = environment()
        self._run_id = self._store.begin_run(
            suite=suite, profile=profile, command=_command(), environment=self._environment
        )
        self._finished = self._store.finished()
        self._workers: dict[tuple[str, str], Worker] = {}
        self._memory_limit = options.memory_limit or int(psutil.virtual_memory().total * _MEMORY_SHARE)

    def stored(self, planned: Planned) -> Attempt | None:
        """Return the attempt that makes running a case needless, or None."""
        attempt_id = self._finished.get(planned.case.id)
        return self._store.read(attempt_id) if attempt_id else None

    def run(self, planned: Planned, progress: Progress = silent) -> Attempt:
        """Return a case's attempt: the stored one where it ended ``ok``, a new one otherwise.

        An interruption (KeyboardInterrupt, SystemExit) leaves an attempt ``cancelled`` and goes on up.
        """
        return self.stored(planned) or self.run_again(planned, progress)

    def run_again(self, planned: Planned, progress: Progress = silent) -> Attempt:
        """Return a new attempt of a case, whatever the store has."""
        return self._attempt(planned, lambda: self._execute(planned, progress))

    def run_live(self, planned: Planned, execute: Callable[[], Verdict]) -> Attempt:
        """Return a new attempt of a case that `execute` runs in this process."""
        return self._attempt(planned, execute)

    def _attempt(self, planned: Planned, execute: Callable[[], Verdict]) -> Attempt:
        blank = Attempt(planned.case, planned.family, "cancelled", suite=planned.suite, profile=planned.profile)
        start = time.perf_counter()
        try:
            verdict = Verdict("unsupported", planned.skip) if planned.skip else execute()
        except (KeyboardInterrupt, SystemExit):
            stopped = replace(blank, reason="the run was interrupted", seconds=time.perf_counter() - start)
            self._store.add(stopped, self._run_id)
            raise
        attempt = finished_attempt(blank, verdict, planned, time.perf_counter() - start)
        self._store.add(attempt, self._run_id)
        if attempt.ok:
            self._finished[attempt.case.id] = attempt.id
        return attempt

    def _execute(self, planned: Planned, progress: Progress) -> Verdict:
        case = planned.case
        worker = self._worker(case.backend, case.device, planned.profile)
        fresh = not worker.ready
        timeout = self.options.timeout or TIMEOUTS[planned.profile]
        verdict = worker.run(case, timeout=timeout, progress=progress)
        if fresh and worker.ready:
            self._learn_about(worker)
        if verdict.outcome is not None:
            seconds = float(worker.ready["seconds"])
            imports = Measurement("time_import", seconds, "s", LOWER, conditions="once per worker")
            verdict.outcome.measurements.append(imports)
        return verdict

    def _worker(self, backend: str, device: str, profile: str) -> Worker:
        """Return the worker of a backend and device; one at a time, so that they do not compete for memory."""
        key = (backend, device)
        worker = self._workers.get(key)
        if worker is None or not worker.alive or worker.leaks or profile == "full":
            self._close_workers()
            log = self.out / "worker.log"
            worker = self._workers[key] = Worker(backend, device, log=log, memory_limit=self._memory_limit)
        return worker

    def _learn_about(self, worker: Worker) -> None:
        workers = self._environment.setdefault("workers", {})
        workers[f"{worker.backend}/{worker.device}"] = {k: worker.ready[k] for k in ("devices", "versions")}
        self._store.update_environment(self._run_id, self._environment)

    def _close_workers(self) -> None:
        for worker in self._workers.values():
            worker.close()
        self._workers.clear()

    def close(self) -> None:
        """Stop the workers and close the store."""
        self._close_workers()
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def check_folder(out: Path) -> None:
    """Refuse a results folder that could not be written to, before anything runs.

    Raises:
        ArgumentError: `out` is a file.
        InvalidStoreError: its results file is damaged, or not one of ours.
    """
    if out.exists() and not out.is_dir():
        raise ArgumentError(f"out must be a folder. Received: {str(out)!r}, which is a file.")
    if store_path(out).exists():
        with reading(out):
            return


def _command() -> str:
    """Return what was typed, without the folder that the program lies in."""
    program, *arguments = sys.argv
    return " ".join([Path(program).name, *arguments])


def finished_attempt(blank: Attempt, verdict: Verdict, planned: Planned, seconds: float) -> Attempt:
    """Return the attempt that a verdict makes of a blank one."""
    known: dict[str, Any] = {"status": verdict.status, "reason": verdict.reason, "error": verdict.error}
    outcome = verdict.outcome or Outcome()
    return replace(
        blank,
        **known,
        measurements=(*outcome.measurements, *_published(planned)) if verdict.outcome else (),
        curves=outcome.curves,
        samples=outcome.samples,
        artifacts=outcome.artifacts,
        seconds=seconds,
    )


def _published(planned: Planned) -> list[Measurement]:
    stated = planned.entry.published or ()
    targets = [stated] if isinstance(stated, Published) else stated
    return [Measurement("published", t.value, "1", HIGHER, conditions=f"{t.metric}: {t.source}") for t in targets]
