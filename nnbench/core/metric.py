"""Metrics of a model's outputs, and how one is registered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from nnbench.core.plugins import load_plugins
from nnbench.core.registry import Registry


class Estimate(NamedTuple):
    """A value, its 95 % interval where one is known, and the number of samples behind it."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None


@dataclass(frozen=True)
class MetricSpec:
    """A registered metric.

    `compute` is called with two arrays and returns an `Estimate` or a float:
    classification ``(logits (n, classes), labels (n,))``; regression ``(values (n,), targets (n,))``; language
    ``(logits (n, length, vocabulary), tokens (n, length))``; generation ``(samples (n, *shape), splits: Splits)``.
    """

    name: str
    task: str
    compute: Callable[..., Any]
    unit: str
    better: str
    summary: str


METRICS: Registry[MetricSpec] = Registry("metric", load_plugins)

F = TypeVar("F", bound=Callable[..., Any])


def register_metric(name: str, *, task: str, better: str, unit: str = "1") -> Callable[[F], F]:
    """Register a metric of one task's outputs; see `MetricSpec` for its signature.

    Args:
        better: ``"higher"``, ``"lower"`` or ``""``.

    Raises:
        DuplicateNameError: the name is taken.
    """

    def register(compute: F) -> F:
        summary = (compute.__doc__ or "").strip().partition("\n")[0]
        METRICS.add(name, MetricSpec(name, task, compute, unit, better, summary), compute.__module__)
        return compute

    return register


def metrics_for(task: str) -> list[MetricSpec]:
    """Return the metrics of `task`, sorted by name."""
    return [spec for spec in map(METRICS.get, METRICS.names()) if spec.task == task]
