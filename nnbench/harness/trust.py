"""How far a trained model can be trusted: accuracy under attack."""

from __future__ import annotations

from typing import Any

from nnbench.core.case import Case, derived_seed
from nnbench.core.dataset import DatasetSpec, Splits
from nnbench.core.errors import NotApplicableError
from nnbench.core.measurement import HIGHER, Measurement, not_applicable
from nnbench.core.robustness import ATTACKS
from nnbench.core.suite import named_evaluations
from nnbench.metrics.intervals import share


def attack_measurements(case: Case, model: Any, splits: Splits) -> list[Measurement]:
    """Return the accuracy under each attack of the case, on the first test samples, and whether it can be trusted.

    ``NAME_reliable`` is 1, or 0 with the attack's flags as its conditions.
    """
    names = named_evaluations(case.evaluations, "attack")
    reason = _why_no_attack(splits.spec)
    if reason:
        return [not_applicable(f"{name}_accuracy", reason, better=HIGHER) for name in names]
    return [m for name in names for m in _attacked(name, case, model, splits)]


def _attacked(name: str, case: Case, model: Any, splits: Splits) -> list[Measurement]:
    spec, setting = splits.spec, splits.spec.attack
    assert setting is not None
    assert spec.bounds is not None
    test = splits.test.take(case.recipe.attack_samples)
    own = {"steps": setting.steps, "step_size": setting.step_size} if name == setting.name else {}
    seed = derived_seed(case.seed, "attack")
    conditions = f"{setting.norm} eps={setting.epsilon:g}" + (f" steps={setting.steps}" if own else "")
    metric = f"{name}_accuracy"
    try:
        result = ATTACKS.get(name).run(
            model, test.x, test.y, norm=setting.norm, epsilon=setting.epsilon, bounds=spec.bounds, seed=seed, **own
        )
    except NotApplicableError as error:
        return [not_applicable(metric, str(error), better=HIGHER)]
    found = share(round(float(result.robust_accuracy) * len(test)), len(test))
    accuracy = Measurement(
        metric, found.value, "1", HIGHER, n=found.n, low=found.low, high=found.high, conditions=conditions
    )
    why = ", ".join(result.flags)
    return [accuracy, Measurement(f"{name}_reliable", float(result.reliable), "1", HIGHER, conditions=why)]


def _why_no_attack(spec: DatasetSpec) -> str:
    if spec.task != "classification":
        return f"accuracy under attack needs classes; {spec.name} is a {spec.task} dataset"
    if spec.bounds is None:
        return f"the inputs of {spec.name} are discrete {spec.kind}, which cannot be moved by a small amount"
    return "" if spec.attack else f"{spec.name} states no perturbation"
