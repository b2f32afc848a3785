"""What a training leaves behind."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from nnbench.core.errors import DivergedError

OnEpoch = Callable[[int, int], None]
"""``on_epoch(done, total)``, for progress bars."""


@dataclass
class TrainingRecord:
    """Curves by epoch, and wall time by phase in seconds.

    The first step includes compilation; the warm-up is the rest of the first epoch; the steady phase is what remains.

    Attributes:
        steady_samples: samples seen in the steady phase, so that throughput is ``steady_samples / seconds["steady"]``.
    """

    curves: dict[str, list[float]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=lambda: {"first_step": 0.0, "warmup": 0.0, "steady": 0.0})
    steady_samples: int = 0

    @property
    def throughput(self) -> float:
        """Samples per second in the steady phase; NaN where there was none."""
        steady = self.seconds["steady"]
        return self.steady_samples / steady if steady > 0 else math.nan

    def log(self, **values: float) -> None:
        """Append an epoch's values to their curves.

        Raises:
            DivergedError: a value is not finite.
        """
        for name, value in values.items():
            self.curves.setdefault(name, []).append(float(value))
            if not math.isfinite(value):
                epoch = len(self.curves[name])
                raise DivergedError(f"{name} became {value} in epoch {epoch}")
