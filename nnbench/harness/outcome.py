"""What executing a case gives, before the parent knows of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from nnbench.core.measurement import Measurement

Progress = Callable[[str, int, int], None]
"""``progress(phase, done, total)``; done and total are 0 where a phase has no steps."""


def silent(phase: str, done: int = 0, total: int = 0) -> None:
    """Report progress to nobody."""


@dataclass
class Outcome:
    """Measurements, curves, samples and artifacts, gathered while a case runs."""

    measurements: list[Measurement] = field(default_factory=list)
    curves: dict[str, list[float]] = field(default_factory=dict)
    samples: dict[str, list[float]] = field(default_factory=dict)
    artifacts: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Outcome:
        """Return the outcome that `as_dict` was made from."""
        return cls(**{**fields, "measurements": [Measurement(**m) for m in fields["measurements"]]})
