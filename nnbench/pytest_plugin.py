"""The pytest plugin: suites become tests, the fixture `nnbench` benchmarks a user's own model.

This module is imported by every pytest run of an environment that has nnbench, so it imports nothing before it is used.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nnbench.harness.bench import Bench

_OPTIONS = {
    "backend": "comma-separated: tensorflow (default), jax, torch",
    "device": "comma-separated: cpu (default), gpu",
    "seeds": "a count such as 3, or a list such as 0,1,2",
    "out": "results folder (default: reports/SUITE)",
    "profile": "smoke, quick or full (default: the suite's own)",
    "precision": "a Keras dtype policy (default: float32)",
    "timeout": "seconds that one attempt may take",
    "memory-limit": "resident memory at which a worker is stopped, such as 8G",
}

_MARKERS = {
    "family(name)": "the family of the case's model",
    "dataset(name)": "the case's dataset",
    "backend(name)": "the case's backend",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options ``--nnbench-…``."""
    group = parser.getgroup("nnbench", "neural network benchmarks")
    for name, text in _OPTIONS.items():
        group.addoption(f"--nnbench-{name}", default=None, help=text)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers that select cases, as in ``-m "family(name='rnn')"``; refuse wrong options at once."""
    for marker, text in _MARKERS.items():
        config.addinivalue_line("markers", f"{marker}: nnbench: {text}")
    if any(config.getoption(f"--nnbench-{name}") is not None for name in _OPTIONS):
        from nnbench.harness.runs import runs_of

        runs_of(config)


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: Any, obj: object) -> pytest.Collector | None:
    """Turn a suite in a module into a test per case."""
    suites = sys.modules.get("nnbench.core.suite")
    if suites is None or not isinstance(obj, suites.Suite):
        return None
    from nnbench.harness.collection import SuiteCollector

    node: pytest.Collector = SuiteCollector.from_parent(collector, name=obj.name, suite=obj)
    return node


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Show our tests to pytest-benchmark's ``--benchmark-only`` and ``--benchmark-skip`` as the benchmarks they are.

    They take its fixture only once there are timings to give to it, so that a failed case leaves none unused.
    """
    closures: list[list[str]] = [getattr(item, "fixturenames", []) for item in items]
    ours = [names for names in closures if "nnbench" in names and "benchmark" not in names]
    for names in ours:
        names.append("benchmark")
    try:
        return (yield)
    finally:
        for names in ours:
            names.remove("benchmark")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the workers, close the stores and draw the reports."""
    if "nnbench.harness.collection" in sys.modules or "nnbench.harness.bench" in sys.modules:
        from nnbench.harness.runs import runs_of

        runs_of(session.config).finish()


def pytest_keyboard_interrupt(excinfo: Any) -> None:
    """Remember that a user stopped the run, for the exit code; pytest itself also interrupts, for a broken suite."""
    runs = sys.modules.get("nnbench.harness.runs")
    if runs is not None and excinfo.type is KeyboardInterrupt:
        runs.interrupted = True  # type: ignore[attr-defined]


@pytest.fixture
def nnbench(request: pytest.FixtureRequest) -> Bench:
    """Benchmark a model of yours and get its attempt: ``nnbench(model, "mnist1d", epochs=5)["accuracy"]``.

    See `nnbench.harness.bench.Bench`.
    """
    from nnbench.harness.bench import Bench

    return Bench(request)
