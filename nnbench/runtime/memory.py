"""Resident memory of processes: peaks with a reset where Linux offers one."""

from __future__ import annotations

from pathlib import Path

import psutil

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def reset_peak_rss() -> None:
    """Start a new peak of this process's resident memory; elsewhere than on Linux, do nothing."""
    try:
        _CLEAR.write_text("5")
    except OSError:
        return


def peak_rss() -> int | None:
    """Return this process's peak resident bytes since `reset_peak_rss`; None where the system cannot say."""
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return None
    peaks = [line.split() for line in lines if line.startswith("VmHWM:")]
    return int(peaks[0][1]) * 1024 if peaks else None


def rss(pid: int) -> int:
    """Return the resident bytes of a process and its children; 0 where it is gone."""
    try:
        process = psutil.Process(pid)
        return sum(int(p.memory_info().rss) for p in (process, *process.children(recursive=True)))
    except psutil.Error:
        return 0
