"""Accuracy of a trained model under attack: at the dataset's own perturbation, and over a range of strengths."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from nnbench.core.case import Case, derived_seed
from nnbench.core.dataset import DatasetSpec, Split, Splits
from nnbench.core.errors import NotApplicableError
from nnbench.core.measurement import HIGHER, Measurement, not_applicable
from nnbench.core.robustness import ATTACKS, AttackSpec
from nnbench.core.suite import named_evaluations
from nnbench.harness.examples import attack_examples
from nnbench.metrics.intervals import share

EDITS = 5
"""Tokens that an attack on texts may replace."""

STRENGTHS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
"""Radii of a curve, as multiples of the dataset's own."""


@dataclass
class Attacked:
    """What attacks gave: numbers, and a few examples for a report to draw."""

    measurements: list[Measurement] = field(default_factory=list)
    artifacts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Strength:
    """How far an attack may go: the options that it is called with, and their name in results."""

    options: Mapping[str, Any]
    conditions: str


def evaluate_attacks(case: Case, model: Any, splits: Splits) -> Attacked:
    """Return what the case's evaluations ``attack:NAME`` and ``curve:NAME`` give on the first test samples.

    An attack gives ``NAME_accuracy``; ``NAME_reliable``, 0 where something speaks against that number, its conditions
    saying what; ``NAME_forwards`` and ``NAME_backwards`` per sample. A curve gives ``NAME_curve`` for each strength.
    """
    found = Attacked()
    test = splits.test.take(case.recipe.attack_samples)
    seed = derived_seed(case.seed, "attack")
    for name in named_evaluations(case.evaluations, "attack"):
        _collected(found, f"{name}_accuracy", partial(_attack, name, model, test, splits.spec, seed, found))
    for name in named_evaluations(case.evaluations, "curve"):
        _collected(found, f"{name}_curve", partial(_curve, name, model, test, splits.spec, seed))
    return found


def _collected(found: Attacked, metric: str, measure: Callable[[], list[Measurement]]) -> None:
    try:
        found.measurements += measure()
    except NotApplicableError as error:
        found.measurements.append(not_applicable(metric, str(error), better=HIGHER))


def _attack(name: str, model: Any, test: Split, spec: DatasetSpec, seed: int, found: Attacked) -> list[Measurement]:
    attack = _applicable(name, spec)
    strength = _edits(spec, EDITS) if attack.reads == "tokens" else _radius(attack, spec, 1.0)
    result = attack.run(model, test.x, test.y, seed=seed, **strength.options)
    if drawn := attack_examples(result, test, spec, attack=name, conditions=strength.conditions):
        found.artifacts["adversarial"] = drawn
    n = len(test)
    passes = {kind: getattr(result, kind) / n for kind in ("forwards", "backwards")}
    reliable = Measurement(
        f"{name}_reliable", float(result.reliable), "1", HIGHER, n, conditions=", ".join(result.flags)
    )
    return [
        _accuracy(f"{name}_accuracy", result.robust_accuracy, n, strength.conditions),
        reliable,
        *(Measurement(f"{name}_{kind}", value, "passes/sample", n=n) for kind, value in passes.items()),
    ]


def _curve(name: str, model: Any, test: Split, spec: DatasetSpec, seed: int) -> list[Measurement]:
    attack, metric, n = _applicable(name, spec), f"{name}_curve", len(test)
    if attack.reads == "tokens":
        result = attack.run(model, test.x, test.y, seed=seed, **_edits(spec, EDITS).options)
        shares = [(f"edits={k}", result.accuracy_within(k)) for k in range(EDITS + 1)]
        return [_accuracy(metric, value, n, conditions) for conditions, value in shares]
    found: list[Measurement] = []
    left = np.arange(n)
    for factor in STRENGTHS:
        strength = _radius(attack, spec, factor)
        # What a small ball holds, a larger one holds too: only what is left is attacked again.
        result = attack.run(model, test.x[left], test.y[left], seed=seed, **strength.options) if len(left) else None
        if result and not found:
            found.append(_accuracy(metric, result.clean_accuracy, n, f"{strength.options['norm']} eps=0"))
        left = left[~result.success] if result else left
        found.append(_accuracy(metric, len(left) / n, n, strength.conditions))
    return found


def _applicable(name: str, spec: DatasetSpec) -> AttackSpec:
    """Return an attack that makes sense for a dataset.

    Raises:
        UnknownNameError: no such attack.
        NotApplicableError: it makes none; the text says why.
    """
    attack = ATTACKS.get(name)
    if spec.task != "classification":
        raise NotApplicableError(f"accuracy under attack needs classes; {spec.name} is a {spec.task} dataset")
    if attack.reads == "tokens":
        if spec.kind != "tokens":
            raise NotApplicableError(f"{name} replaces tokens, and {spec.name} holds {spec.kind}")
        return attack
    if spec.bounds is None:
        raise NotApplicableError(
            f"the inputs of {spec.name} are discrete {spec.kind}, which cannot be moved by a small amount"
        )
    if spec.attack is None:
        raise NotApplicableError(f"{spec.name} states no perturbation")
    if spec.attack.norm not in attack.norms:
        known = ", ".join(attack.norms)
        raise NotApplicableError(f"{name} knows {known}, and the perturbation of {spec.name} is in {spec.attack.norm}")
    return attack


def _radius(attack: AttackSpec, spec: DatasetSpec, factor: float) -> _Strength:
    setting = spec.attack
    assert setting is not None
    setting = replace(setting, epsilon=setting.epsilon * factor, step_size=setting.step_size * factor)
    own = {"steps": setting.steps, "step_size": setting.step_size} if attack.name == setting.name else {}
    conditions = f"{setting.norm} eps={setting.epsilon:g}" + (f" steps={setting.steps}" if own else "")
    options = {"norm": setting.norm, "epsilon": setting.epsilon, "bounds": spec.bounds, **own}
    return _Strength(options, conditions)


def _edits(spec: DatasetSpec, edits: int) -> _Strength:
    return _Strength({"edits": edits, "protected": spec.special_tokens or (0,)}, f"edits={edits}")


def _accuracy(metric: str, value: float, n: int, conditions: str) -> Measurement:
    found = share(round(float(value) * n), n)
    return Measurement(metric, found.value, "1", HIGHER, n, found.low, found.high, conditions)
