"""Loading a backend without its chatter."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from nnbench.core.lazy import keras
from nnbench.runtime.launch import worker_environment


def load_backend(backend: str) -> None:
    """Make Keras load `backend` on the CPU in this process; what it prints is shown only where it fails."""
    os.environ.update(worker_environment(backend, "cpu", base={}))
    with _held_back():
        importlib.import_module(f"nnbench.runtime._{keras.backend.backend()}")


@contextmanager
def _held_back() -> Iterator[None]:
    """Hold back what is written to standard error, also by native code, and show it if an error goes up."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(kept, 2)
            held.seek(0)
            sys.stderr.write(held.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
