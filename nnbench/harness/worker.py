"""The child process: takes cases as JSON lines, sends events as JSON lines.

Started as ``python -m nnbench.harness.worker`` with the backend in its environment. Commands come on standard input,
whose end means that the parent is gone. Events go to the original standard output; whatever libraries print goes to
standard error, which the parent keeps in a log.
"""

from __future__ import annotations

import gc
import json
import os
import queue
import sys
import threading
import time
import traceback
from typing import Any, TextIO

_STARTED = time.perf_counter()


class Channel:
    """Events to the parent."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def send(self, event: str, **fields: Any) -> None:
        """Send one event."""
        self._stream.write(json.dumps({"event": event, **fields}) + "\n")
        self._stream.flush()


def main() -> None:
    """Serve cases until standard input ends."""
    channel = Channel(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    os.dup2(2, 1)
    commands = _commands()
    hello = commands.get()
    sys.path.extend(p for p in hello["sys_path"] if p not in sys.path)
    channel.send("ready", **_load_backend())
    while True:
        _serve(commands.get(), channel)


def _commands() -> queue.Queue[dict[str, Any]]:
    """Read commands in a thread, so that a parent's death ends this process even within a training."""
    commands: queue.Queue[dict[str, Any]] = queue.Queue()

    def read() -> None:
        for line in sys.stdin:
            commands.put(json.loads(line))
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return commands


def _load_backend() -> dict[str, Any]:
    import keras

    from nnbench.core.plugins import load_plugins
    from nnbench.runtime.engine import engine

    active = engine()
    active.deterministic()
    load_plugins()
    import nnbench.harness.execute  # noqa: F401  what a case needs is imported before its clock starts

    # The libraries' own objects live as long as the process; collecting garbage between cases need not visit them.
    gc.collect()
    gc.freeze()
    versions = {"keras": keras.__version__, keras.backend.backend(): active.version()}
    return {"seconds": time.perf_counter() - _STARTED, "devices": active.devices(), "versions": versions}


def _serve(command: dict[str, Any], channel: Channel) -> None:
    from nnbench.core.case import Case
    from nnbench.harness.execute import execute, require_device
    from nnbench.harness.failures import classify

    def progress(phase: str, done: int = 0, total: int = 0) -> None:
        channel.send("progress", phase=phase, done=done, total=total)

    try:
        case = Case.from_dict(command["case"])
        require_device(case.device)
        channel.send("result", status="ok", outcome=execute(case, progress).as_dict())
    except Exception as error:
        status, reason = classify(error)
        channel.send("result", status=status, reason=reason, error=traceback.format_exc())


if __name__ == "__main__":
    main()
