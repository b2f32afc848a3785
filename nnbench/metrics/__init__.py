"""Metrics of quality, calibration, ranking, language and generation, and of cost: parameters and FLOPs.

Every registered metric is an attribute of this package under its name: ``nnbench.metrics.accuracy(logits, labels)``.
"""

from importlib.util import find_spec
from typing import Any

from nnbench.core.metric import METRICS

__all__ = ["METRICS"]


def __getattr__(name: str) -> Any:
    # A submodule is not looked up in the registry: that would load every plugin to import one file.
    if name.startswith("_") or find_spec(f"{__name__}.{name}") or name not in METRICS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return METRICS.get(name).compute


def __dir__() -> list[str]:
    return sorted({*globals(), *METRICS})
