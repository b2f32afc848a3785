"""An attempt: one execution of a case, with everything that it gave."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from nnbench.core.case import Case
from nnbench.core.errors import UnknownNameError
from nnbench.core.measurement import Measurement
from nnbench.core.registry import did_you_mean

STATUSES = ("ok", "diverged", "oom", "timeout", "crash", "error", "unsupported", "skipped", "cancelled")
FAILURES = ("diverged", "oom", "timeout", "crash", "error")
"""The statuses that make a run fail; unsupported and skipped say that the case could not be asked for here."""


@dataclass(frozen=True)
class Attempt:
    """One execution of a case.

    Attributes:
        status: one of `STATUSES`.
        reason: why the status is not ``ok``, in a sentence; empty otherwise.
        measurements: the numbers, applicable or not.
        curves: series name (``loss``, ``accuracy`` …) to its value after each epoch.
        samples: series name to raw timings in seconds, such as ``latency``.
        artifacts: name to plain data that a report draws, such as a generator's samples.
        started: UTC time in ISO 8601.
        seconds: wall time, measured by the parent.
        error: the traceback, where there was one.
    """

    case: Case
    family: str
    status: str
    reason: str = ""
    suite: str = ""
    profile: str = "full"
    measurements: tuple[Measurement, ...] = ()
    curves: Mapping[str, list[float]] = field(default_factory=dict)
    samples: Mapping[str, list[float]] = field(default_factory=dict)
    artifacts: Mapping[str, Any] = field(default_factory=dict)
    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))
    seconds: float = 0.0
    error: str = ""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def ok(self) -> bool:
        """Whether the case ran to its end."""
        return self.status == "ok"

    @property
    def failed(self) -> bool:
        """Whether the case was tried and did not end well."""
        return self.status in FAILURES

    def __getitem__(self, metric: str) -> float:
        """Return the value of a metric.

        Raises:
            UnknownNameError: the attempt has no such measurement; the text suggests the nearest, or says why it failed.
        """
        for m in self.measurements:
            if m.metric == metric:
                return m.value
        if not self.ok:
            raise UnknownNameError(f"No {metric!r}: the attempt ended as {self.status}: {self.reason}")
        known = [m.metric for m in self.measurements]
        raise UnknownNameError(f"The attempt has no measurement {metric!r}.{did_you_mean(metric, known)}")
