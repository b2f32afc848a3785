"""AutoAttack: four attacks without parameters, one after the other, each on what the ones before did not fool.

Croce & Hein (2020), Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks,
https://arxiv.org/abs/2003.01690; L1 as in Croce & Hein (2021), https://arxiv.org/abs/2103.01208. Order and constants
are those of the authors' code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from nnbench.attacks import _auto_pgd_run as apgd
from nnbench.attacks import _boundary, _checks, _result, _square_run
from nnbench.attacks._attempts import Attempts
from nnbench.attacks._auto_pgd_run import Schedule
from nnbench.attacks._descent import Descent, descend
from nnbench.attacks._prepare import prepare
from nnbench.attacks._problem import Bounds, Problem, Radii
from nnbench.attacks._result import AttackResult
from nnbench.attacks._scatter import require_count
from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.paper import Paper
from nnbench.core.robustness import register_attack

NORMS = ("linf", "l2", "l1")
VERSIONS = {
    "standard": ("apgd_ce", "apgd_t", "fab_t", "square"),
    "plus": ("apgd_ce", "apgd_dlr", "fab", "square", "apgd_t", "fab_t"),
    "rand": ("apgd_ce", "apgd_dlr"),
}
RESTARTS = 5
TARGETS = 9
EXPECTATION = 20
PROBED, PROBE_STEPS = 64, 20

PAPER = Paper(
    "Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks",
    "Croce & Hein",
    2020,
    "https://arxiv.org/abs/2003.01690",
)


@register_attack("autoattack", norms=NORMS, paper=PAPER, quick={"steps": 10, "queries": 40})
def autoattack(
    model: Any,
    x: Array,
    y: Array,
    *,
    norm: str,
    epsilon: float | Radii,
    bounds: Bounds,
    version: str = "standard",
    steps: int = 100,
    queries: int = 5000,
    seed: int = 0,
    batch_size: int = 128,
) -> AttackResult:
    """Attack a classifier by AutoAttack; what is left is an accuracy that can be set beside published ones.

    The result's `after` holds the robust accuracy after each attack. Beside AutoAttack's own checks, a few samples are
    attacked in a ball that holds every input, where nothing but a hidden gradient keeps an accuracy above chance.

    Args:
        model: a Keras model that gives logits (n, classes); it is run with ``training=False``.
        x: (n, *shape) inputs within `bounds`.
        y: (n,) integer labels.
        norm: ``"linf"``, ``"l2"`` or ``"l1"``, of a whole sample.
        epsilon: radius of the ball around each sample, in the units of `x`.
        bounds: (low, high) of valid inputs: numbers, or arrays that broadcast against a sample.
        version: ``"standard"``; ``"plus"`` with more restarts and attacks; ``"rand"`` for randomised models, whose
            gradients are averaged over 20 passes.
        steps: steps of each attack with gradients. The published numbers take 100: with fewer this is not AutoAttack.
        queries: queries of Square; 5000 likewise.
        seed: decides what is random, which depends on it and on a sample's index, and on nothing else.
        batch_size: samples per pass; changes the speed alone.

    Raises:
        ArgumentError: an argument outside what is accepted, inputs outside the bounds, or a model that gives
            probabilities.
        NotApplicableError: the model is not a classifier of one continuous input.
    """
    if version not in VERSIONS:
        raise ArgumentError(f"version must be one of {', '.join(map(repr, VERSIONS))}. Received: {version!r}.")
    require_count("steps", steps)
    require_count("queries", queries)
    problem = prepare(
        model, x, y, norm=norm, norms=NORMS, epsilon=epsilon, bounds=bounds, seed=seed, batch_size=batch_size
    )
    attempts, after = Attempts(problem), {}
    notes: list[str] = []
    for name, attack in _attacks(problem, attempts, version, steps, queries).items():
        before = ~attempts.fooled
        notes += attack() or ()
        after[name] = float((~attempts.fooled).mean())
        if name == "square":
            attempts.flags.update(_checks.surpassed(before, ~attempts.fooled))
    attempts.flags.update(_far_away(problem))
    if version == "rand":
        problem = replace(problem, flags=tuple(f for f in problem.flags if f != _result.RANDOMISED))
    return problem.result(attempts.x, sorted(attempts.flags), tuple(dict.fromkeys(notes)), after)


def _attacks(
    problem: Problem, attempts: Attempts, version: str, steps: int, queries: int
) -> dict[str, Callable[[], tuple[str, ...] | None]]:
    """Return the attacks of a version by name, in order, each to be called once."""
    sparse = problem.norm_name == "l1" and version == "standard"
    restarts = RESTARTS if version == "plus" or sparse else 1
    expectation = EXPECTATION if version == "rand" else 1
    schedule = Schedule(steps, larger_radii=sparse)

    def ascent(*, ratio: bool) -> tuple[str, ...]:
        options = {"restarts": restarts, "expectation": expectation}
        return apgd.untargeted(problem, attempts, ratio=ratio, schedule=schedule, **options)

    def ascent_to_targets() -> tuple[str, ...]:
        targets = 5 if sparse else TARGETS
        return apgd.targeted(problem, attempts, targets=targets, schedule=schedule, restarts=1)

    attacks: dict[str, Callable[[], tuple[str, ...] | None]] = {
        "apgd_ce": lambda: ascent(ratio=False),
        "apgd_dlr": lambda: ascent(ratio=True),
        "apgd_t": ascent_to_targets,
        "fab": lambda: _boundary.untargeted(problem, attempts, steps=steps, restarts=RESTARTS),
        "fab_t": lambda: _boundary.targeted(problem, attempts, steps=steps, restarts=1, targets=TARGETS),
        "square": lambda: _square_run.search(problem, attempts, queries=queries),
    }
    return {name: attacks[name] for name in VERSIONS[version]}


def _far_away(problem: Problem) -> tuple[str, ...]:
    """Attack a few samples in balls that hold every input."""
    rows = np.flatnonzero(problem.attacked)[:PROBED]
    if not len(rows):
        return ()
    own = {name: getattr(problem, name)[rows] for name in ("x", "y", "clean", "attacked", "samples")}
    reach = problem.norm.size(np.maximum(problem.high - own["x"], own["x"] - problem.low))[:, None]
    wide = replace(problem, **own, epsilon=reach)
    attempts = Attempts(wide)
    length = 2.5 * reach / PROBE_STEPS
    everyone = np.arange(len(rows))
    descend(Descent(problem.norm_name), wide, attempts, wide.x, everyone, steps=PROBE_STEPS, length=length)
    return wide.full_range(attempts.fooled)
