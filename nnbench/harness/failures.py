"""What an exception within a case stands for."""

from __future__ import annotations

from nnbench.core.errors import DivergedError, NnbenchError, NotApplicableError
from nnbench.runtime.engine import engine


def classify(error: Exception) -> tuple[str, str]:
    """Return the status and the readable reason of an attempt that ended with `error`."""
    if isinstance(error, DivergedError):
        return "diverged", str(error)
    if isinstance(error, NotApplicableError):
        return "skipped", str(error)
    if isinstance(error, MemoryError) or engine().is_out_of_memory(error):
        return "oom", f"memory ran out: {first_line(error)}"
    if isinstance(error, NnbenchError):
        return "error", str(error)
    return "error", f"{type(error).__name__}: {first_line(error)}"


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text, shortened to what a table can show."""
    text = str(error).strip().partition("\n")[0]
    return text if len(text) <= 300 else f"{text[:297]}…"
