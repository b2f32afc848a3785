"""Running Auto-PGD on samples: starts, windows, and the radii of L1."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from nnbench.attacks import _auto_pgd as program
from nnbench.attacks import _checks
from nnbench.attacks._attempts import Attempts
from nnbench.attacks._auto_pgd import AutoPGD
from nnbench.attacks._lanes import run
from nnbench.attacks._norms import project_l1
from nnbench.attacks._problem import Problem
from nnbench.attacks._waves import Wave, waves
from nnbench.core.dataset import Array
from nnbench.runtime.engine import Tree

LARGER_RADII = (3.0, 2.0, 1.0)
SHARES = (0.3, 0.3)
BELOW_ALL = -1e30
"""The cross-entropy is always above the 0 that the first loss is compared with; its log odds need a lower floor."""


@dataclass(frozen=True)
class Schedule:
    """How long Auto-PGD runs.

    Attributes:
        steps: gradient steps of a run.
        larger_radii: under L1, begin with 3 and 2 radii for 30 % of the steps each, as AutoAttack does.
    """

    steps: int = 100
    larger_radii: bool = False


def ascend(
    algorithm: AutoPGD,
    problem: Problem,
    attempts: Attempts,
    *,
    schedule: Schedule,
    runs: int,
    goals: Array | None = None,
) -> None:
    """Run several times on the samples that nothing has fooled; `goals` (n, runs) are each run's classes."""
    for wave in waves(attempts, runs, problem.network.batch_size):
        targets = None if goals is None else goals[wave.rows, wave.runs]
        if problem.norm_name == "l1" and schedule.larger_radii:
            out = _narrowed(algorithm, problem, wave, schedule.steps, targets)
        else:
            radius = problem.epsilon[wave.rows]
            x = _start(problem, wave, radius)
            out = _once(algorithm, problem, wave, x, radius, schedule.steps, targets)
        for lanes in wave.counting(out["fooled"]):
            attempts.offer(wave.rows[lanes], out["x"][lanes], problem.network.logits(out["x"][lanes]))
            attempts.flags.update(
                _checks.vanishing(problem, out["zero"][lanes]),
                _checks.late(problem, out["when"][lanes], schedule.steps),
            )


def _narrowed(algorithm: AutoPGD, problem: Problem, wave: Wave, steps: int, targets: Array | None) -> Tree:
    """Search larger balls first, and begin each smaller one at what was best in the one before."""
    parts = [math.ceil(share * steps) for share in SHARES]
    parts.append(steps - sum(parts))
    radius = problem.epsilon[wave.rows]
    x, zero = _start(problem, wave, LARGER_RADII[0] * radius), np.zeros(len(radius), bool)
    for factor, part in zip(LARGER_RADII, parts, strict=True):
        last = factor == 1
        stage = replace(algorithm, early_exit=last)
        x = _inside_l1(problem, wave.rows, x, factor * radius)
        out = _once(stage, problem, wave, x, factor * radius, part, targets, density=True)
        x = out["best"]
        zero |= out["zero"] & (factor == LARGER_RADII[0])
    # Steps of the last part alone say little of whether more of them help.
    return {**out, "zero": zero, "when": np.full(len(radius), -1)}


def _once(
    algorithm: AutoPGD,
    problem: Problem,
    wave: Wave,
    x: Array,
    radius: Array,
    steps: int,
    targets: Array | None,
    *,
    density: bool = False,
) -> Tree:
    given, state = begin(algorithm, problem, wave.rows, x, radius, steps, targets, density=density)
    out = run(problem.network, algorithm, given, state, owners=wave.rows if algorithm.early_exit else None)
    # What fools is where the sample stopped; of the others the best is kept.
    out["x"] = np.where(out["fooled"][:, None], out["x"], out["best"]) if algorithm.early_exit else out["best"]
    return out


def begin(
    algorithm: AutoPGD,
    problem: Problem,
    rows: Array,
    x: Array,
    radius: Array,
    steps: int,
    targets: Array | None = None,
    *,
    density: bool = False,
) -> tuple[Tree, Tree]:
    """Return what the program is given, and its state, for samples of indices (n,) that start at `x` (n, d).

    Args:
        radius: (n, 1) of the balls.
        density: under L1, begin with steps as sparse as `x` is.
    """
    n, d, dtype = len(rows), x.shape[1], problem.x.dtype
    sparse = algorithm.norm == "l1"
    first = program.SPARSE_CHECK if sparse else program.FIRST_CHECK
    window, least, decrease = (
        max(int(share * steps), 1) for share in (first, program.LEAST_CHECK, program.CHECK_DECREASE)
    )
    lower, upper = problem.box(rows, radius)
    given = problem.given(rows, targets) | {"radius": radius.astype(dtype), "lower": lower, "upper": upper}
    counts = {"steps": steps, "least": least, "decrease": decrease}
    given |= {key: np.full(n, value, np.int32) for key, value in counts.items()}
    changed = (x != problem.x[rows]).sum(axis=1)
    support = changed if density else np.full(n, d)
    share = changed / d / 1.5 if density else np.full(n, program.FIRST_DENSITY)
    state = {key: x.copy() for key in ("x", "before", "best")}
    state |= {"best_gradient": np.zeros_like(x), "length": (radius * (1 if sparse else 2)).astype(dtype)}
    state |= {key: np.full(n, -np.inf, dtype) for key in ("loss", "last_best", "previous")}
    state |= {"support": support.astype(dtype), "density": share.astype(dtype), "reduced": np.ones(n, bool)}
    state |= {key: np.zeros(n, bool) for key in ("zero", "fooled", "done")}
    state |= {key: np.full(n, v, np.int32) for key, v in (("t", 0), ("counted", 0), ("rising", 0), ("when", -1))}
    state["window"] = np.full(n, window, np.int32)
    return given, state


def _start(problem: Problem, wave: Wave, radius: Array) -> Array:
    """Return random points (n, d) on the surface of the ball, clipped to the bounds."""
    rows, draw, d, noise = wave.rows, wave.runs, problem.x.shape[1], problem.noise
    samples, origin = problem.samples[rows], problem.x[rows]
    if problem.norm_name == "l1":
        return _inside_l1(problem, rows, origin + noise.normal(samples, draw, d), radius)
    cube = problem.norm_name == "linf"
    direction = 2 * noise.uniform(samples, draw, d) - 1 if cube else noise.normal(samples, draw, d)
    moved = origin + radius * direction / problem.norm.size(direction)[:, None]
    return problem.clipped(moved)


def _inside_l1(problem: Problem, rows: Array, x: Array, radius: Array) -> Array:
    origin = problem.x[rows]
    delta = x - origin
    room = np.where(delta > 0, problem.high - origin, origin - problem.low)
    return problem.clipped(origin + project_l1(delta, radius, room))


def untargeted(
    problem: Problem, attempts: Attempts, *, ratio: bool, schedule: Schedule, restarts: int, expectation: int = 1
) -> tuple[str, ...]:
    """Raise the cross-entropy, or the difference of logits ratio; return what was done differently.

    Of noisy passes the gradients of the cross-entropy itself are averaged. Otherwise its log odds stand for it, which
    rise with it and whose gradient has its sign.
    """
    notes: tuple[str, ...] = ()
    if ratio and problem.classes < 3:
        ratio, notes = False, ("the difference of logits ratio needs 3 classes; the cross-entropy took its place",)
    loss = "logit_ratio" if ratio else "error_log_odds" if expectation == 1 else "cross_entropy"
    algorithm = AutoPGD(problem.norm_name, loss, 0.0 if ratio else BELOW_ALL, expectation)
    ascend(algorithm, problem, attempts, schedule=schedule, runs=restarts)
    return notes


def targeted(
    problem: Problem, attempts: Attempts, *, targets: int, schedule: Schedule, restarts: int
) -> tuple[str, ...]:
    """Raise the targeted ratio for each of the most likely wrong classes; return what was done differently."""
    notes, loss = list(few_targets(problem, targets)), "target_logit_ratio"
    if problem.classes < 4:
        loss = "target_difference"
        notes.append("the targeted ratio needs 4 classes; the difference of logits took its place")
    algorithm = AutoPGD(problem.norm_name, loss)
    goals = problem.rivals()[:, :targets].repeat(restarts, axis=1)
    ascend(algorithm, problem, attempts, schedule=schedule, runs=goals.shape[1], goals=goals)
    return tuple(notes)


def few_targets(problem: Problem, targets: int) -> tuple[str, ...]:
    """Say where there are fewer wrong classes than targets."""
    wrong = problem.classes - 1
    return (f"{wrong} targets instead of {targets}, as there are {wrong + 1} classes",) if wrong < targets else ()
