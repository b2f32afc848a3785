"""Timings that a worker took, replayed into pytest-benchmark.

Its tables, saves and comparisons then show what the worker measured, and no time between processes.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

GROUP = "nnbench: single-sample latency"


class ReplayClock:
    """A clock that moves by the next sample whenever `tick` is called."""

    def __init__(self, samples: Sequence[float]) -> None:
        self._samples = samples
        self._next = 0
        self._now = 0.0

    def __call__(self) -> float:
        """Return the clock's time in seconds."""
        return self._now

    def tick(self) -> None:
        """Let the next sample pass; profilers may call once more than there are samples, so it starts again."""
        self._now += self._samples[self._next % len(self._samples)]
        self._next += 1


def replay(request: pytest.FixtureRequest, samples: Sequence[float]) -> None:
    """Give `samples`, in seconds, to the `benchmark` fixture of the running test, where there is one.

    The fixture takes one series a test: that of the first model, and none where the test uses the fixture itself.
    """
    if not samples or not request.config.pluginmanager.hasplugin("benchmark"):
        return
    if "benchmark" in request.fixturenames:
        return
    clock = ReplayClock(samples)
    own = request.node.get_closest_marker("benchmark")
    # pytest-benchmark reads one marker alone, so what the user asked for is taken into ours.
    options = {"group": GROUP, **(own.kwargs if own else {}), "timer": clock}
    request.node.add_marker(pytest.mark.benchmark(**options), append=False)
    benchmark = request.getfixturevalue("benchmark")
    benchmark.pedantic(clock.tick, rounds=len(samples), iterations=1, warmup_rounds=0)
