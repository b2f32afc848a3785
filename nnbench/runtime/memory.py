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


def rss(pid: int, *, children: bool = True) -> int:
    """Return the resident bytes of a process, by default with its children; 0 where it is gone."""
    try:
        process = psutil.Process(pid)
        family = (process, *process.children(recursive=True)) if children else (process,)
        return sum(int(p.memory_info().rss) for p in family)
    except psutil.Error:
        return 0
