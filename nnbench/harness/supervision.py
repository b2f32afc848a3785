"""A worker process under supervision: started, fed, watched, stopped."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnbench.core.case import Case
from nnbench.harness.outcome import Outcome, Progress
from nnbench.runtime.launch import worker_environment
from nnbench.runtime.memory import rss

START_SECONDS = 300.0
"""A backend that has not been imported by then never will."""

_WATCH_SECONDS = 0.2
_LEAK_SHARE = 0.6


@dataclass(frozen=True)
class Verdict:
    """How an execution ended: the fields of an attempt that the worker, or its death, decides."""

    status: str
    reason: str = ""
    error: str = ""
    outcome: Outcome | None = None


class WorkerDiedError(Exception):
    """The worker is gone; its text is the readable reason."""


class TimedOutError(WorkerDiedError):
    """The worker was stopped because it took too long."""


class OverMemoryError(WorkerDiedError):
    """The worker was stopped because it held too much memory."""


class Worker:
    """One worker process for one backend and device.

    Args:
        log: file that the worker's output is appended to.
        memory_limit: resident bytes at which it is stopped.
    """

    def __init__(self, backend: str, device: str, *, log: Path, memory_limit: int) -> None:
        self.backend, self.device, self.memory_limit, self._log = backend, device, memory_limit, log
        self.ready: dict[str, Any] = {}
        self._buffer = b""
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "nnbench.harness.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=worker_environment(backend, device),
                start_new_session=True,  # Ctrl-C reaches the parent alone, which then decides
            )
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._process.stdout, selectors.EVENT_READ)
        self._send({"sys_path": [p or str(Path.cwd()) for p in sys.path]})

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def leaks(self) -> bool:
        """Whether it holds so much memory between cases that a fresh one is due."""
        return rss(self.pid) > _LEAK_SHARE * self.memory_limit

    def run(self, case: Case, *, timeout: float, progress: Progress) -> Verdict:
        """Execute a case; whatever happens to the worker becomes a verdict."""
        try:
            if not self.ready:
                progress("import", 0, 0)
                self.ready = self._next_event(time.monotonic() + START_SECONDS)
            self._send({"case": case.as_dict()})
            return self._follow(time.monotonic() + timeout, progress)
        except TimedOutError:
            if not self.ready:
                return Verdict("timeout", f"the backend {self.backend} did not start within {START_SECONDS:g} s")
            return Verdict("timeout", f"stopped after {timeout:g} s; --timeout allows more")
        except OverMemoryError as reason:
            return Verdict("oom", str(reason))
        except WorkerDiedError as reason:
            return Verdict("crash", str(reason))

    def _follow(self, deadline: float, progress: Progress) -> Verdict:
        while True:
            event = self._next_event(deadline)
            if event["event"] == "progress":
                progress(event["phase"], event["done"], event["total"])
            elif event["status"] == "ok":
                return Verdict("ok", outcome=Outcome.from_dict(event["outcome"]))
            else:
                return Verdict(event["status"], event["reason"], event["error"])

    def _send(self, command: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(command).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise WorkerDiedError(self._obituary()) from None

    def _next_event(self, deadline: float) -> dict[str, Any]:
        """Return the next event, watching time and memory while waiting.

        Libraries write to standard error, so that each line here is an event.
        """
        while b"\n" not in self._buffer:
            if self._selector.select(_WATCH_SECONDS):
                self._read()
            self._check(deadline)
        line, _, self._buffer = self._buffer.partition(b"\n")
        event: dict[str, Any] = json.loads(line)
        return event

    def _read(self) -> None:
        assert self._process.stdout is not None
        chunk = os.read(self._process.stdout.fileno(), 1 << 16)
        if not chunk:
            raise WorkerDiedError(self._obituary())
        self._buffer += chunk

    def _check(self, deadline: float) -> None:
        if time.monotonic() > deadline:
            self.kill()
            raise TimedOutError
        used = rss(self.pid)
        if used > self.memory_limit:
            self.kill()
            raise OverMemoryError(
                f"stopped at {used / 2**30:.1f} GiB of resident memory; "
                f"--memory-limit allows {self.memory_limit / 2**30:.1f} GiB"
            )

    def _obituary(self) -> str:
        code = self._process.wait()
        if code >= 0:
            return f"the worker process ended by itself with exit code {code}{self._last_words()}"
        with contextlib.suppress(ValueError):
            return f"the worker process was killed by {signal.Signals(-code).name}"
        return f"the worker process was killed by signal {-code}"

    def _last_words(self) -> str:
        """Return the last line that the worker wrote, which names what it stumbled over."""
        lines = self._log.read_text(errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return f" ({said[-1][:200]})" if said else ""

    def kill(self) -> None:
        """End the process and its children at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """End the process; it holds nothing that would be lost."""
        self.kill()
        self._selector.close()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
