"""Adversarial attacks on any Keras classifier that gives logits.

Every registered attack is an attribute of this package under its name: ``nnbench.attacks.pgd(model, x, y, norm="linf",
epsilon=8 / 255, bounds=(0, 1), steps=40)``.
"""

from importlib.util import find_spec
from typing import Any

from nnbench.attacks._curve import RobustnessCurve, robustness_curve
from nnbench.attacks._result import AttackResult
from nnbench.core.robustness import ATTACKS

__all__ = ["ATTACKS", "AttackResult", "RobustnessCurve", "robustness_curve"]


def __getattr__(name: str) -> Any:
    # A submodule is not looked up in the registry: that would load every plugin to import one file.
    if name.startswith("_") or find_spec(f"{__name__}.{name}") or name not in ATTACKS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return ATTACKS.get(name).run


def __dir__() -> list[str]:
    return sorted({*globals(), *ATTACKS})
