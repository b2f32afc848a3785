"""What the head of a report says: which suite, when, how long, how many cases went well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from nnbench.report.stored import Stored
from nnbench.results.record import FAILURES


@dataclass(frozen=True)
class Facts:
    """Counts and times of what is stored.

    Attributes:
        suites, profiles: the names that occur, sorted.
        started: first run's start, such as ``2026-03-01 10:00 UTC``; empty where there was no run.
        seconds: wall time of the runs, from first start to last end, without the pauses between runs.
        cases, ok, failed: numbers of cases; those neither ok nor failed could not be asked for here.
        attempted: models × datasets that gave a number.
    """

    suites: list[str]
    profiles: list[str]
    started: str
    seconds: float
    cases: int
    ok: int
    failed: int
    models: int
    datasets: int
    families: int

    @property
    def left_out(self) -> int:
        """Number of cases that were skipped, unsupported or cancelled."""
        return self.cases - self.ok - self.failed


def facts(stored: Stored) -> Facts:
    """Return the facts of what is stored."""
    attempts = stored.attempts
    status = attempts["status"]
    times = [*(r["started"] for r in stored.runs), *attempts["started"]]
    return Facts(
        suites=_names(stored, "suite"),
        profiles=_names(stored, "profile"),
        started=f"{min(times)[:16].replace('T', ' ')} UTC" if times else "",
        seconds=_seconds(attempts, stored.runs),
        cases=len(attempts),
        ok=int((status == "ok").sum()),
        failed=int(status.isin(FAILURES).sum()),
        models=len(set(attempts["model"])),
        datasets=len(set(attempts["dataset"])),
        families=len(set(attempts["family"])),
    )


def _names(stored: Stored, column: str) -> list[str]:
    return sorted({*stored.attempts[column], *(r[column] for r in stored.runs)} - {""})


def _seconds(attempts: pd.DataFrame, runs: list[dict[str, Any]]) -> float:
    start = pd.to_datetime(attempts["started"], utc=True, format="ISO8601")
    end = start + pd.to_timedelta(attempts["seconds"], unit="s")
    first = start.groupby(attempts["run_id"]).min()
    asked = pd.Series({r["run_id"]: pd.Timestamp(r["started"]) for r in runs}, dtype=first.dtype)
    began = first.where(first <= asked.reindex(first.index), asked.reindex(first.index))
    return float((end.groupby(attempts["run_id"]).max() - began).dt.total_seconds().clip(lower=0).sum())
