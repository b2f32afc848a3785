"""Out-of-distribution detection on any Keras classifier that gives logits: one feature pass, shared by all detectors.

Every registered detector is an attribute of this package under its name: ``nnbench.ood.energy()``.
"""

from importlib.util import find_spec
from typing import Any

from nnbench.core.robustness import DETECTORS
from nnbench.ood._evaluation import evaluate
from nnbench.ood._features import FeatureExtractor, FeaturePass, feature_pass
from nnbench.ood._scoring import Separation, score_detectors
from nnbench.ood._sets import foreign_samples

__all__ = [
    "DETECTORS",
    "FeatureExtractor",
    "FeaturePass",
    "Separation",
    "evaluate",
    "feature_pass",
    "foreign_samples",
    "score_detectors",
]


def __getattr__(name: str) -> Any:
    # A submodule is not looked up in the registry: that would load every plugin to import one file.
    if name.startswith("_") or find_spec(f"{__name__}.{name}") or name not in DETECTORS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return DETECTORS.get(name).create


def __dir__() -> list[str]:
    return sorted({*globals(), *DETECTORS})
