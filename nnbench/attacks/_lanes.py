"""Attacks as programs that run compiled, many samples side by side.

A program says what one step does to the samples' state. The driver runs blocks of steps in one compiled call each;
between blocks, samples that are done leave and others take their place, so that batches stay full and a fooled
sample soon costs nothing. Samples never see each other: neither batch size nor block length changes an outcome.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from nnbench.attacks import _compiled
from nnbench.attacks._progress import progress
from nnbench.attacks._rows import where_any
from nnbench.core.dataset import Array
from nnbench.core.lazy import keras
from nnbench.runtime.engine import Objective, Passes, Tree, engine

if TYPE_CHECKING:
    from nnbench.attacks._network import Network

SHORTEST, LONGEST = 4, 128
"""Steps of a block: few while samples leave fast, and more while they stay."""
STAYING = 1 / 16
AT_ONCE = 1.0
"""Seconds that a block may take, so that progress is seen and a key press heard."""


@dataclass(frozen=True)
class Draws:
    """Random numbers, keyed by the sample's own time ``t`` in the state.

    Attributes:
        numbers: ``numbers(rows, t, length) -> (n, length, k)``, for `length` times from `t` (n,) on of rows (n,).
        pace: times that a step sees, and can pass, at once.
    """

    numbers: Callable[[Array, Array, int], Array]
    pace: int = 1


@dataclass(frozen=True)
class View:
    """What a step sees of the model and the bounds; inputs are flat, (n, d).

    Attributes:
        low, high: (d,) bounds.
        draws: (n × pace, k) random numbers of the times from ``t`` on, each sample's together, or None.
    """

    passes: Passes
    shape: tuple[int, ...]
    low: Any
    high: Any
    draws: Any

    def logits(self, x: Any) -> Any:
        """Return logits (n, classes)."""
        return self.passes.logits(keras.ops.reshape(x, (-1, *self.shape)))

    def gradient(self, objective: Objective, x: Any, *arrays: Any) -> tuple[Any, Any, Any]:
        """Return values (n,), their gradient (n, d), 0 for samples where it is not finite, and logits (n, classes)."""
        ops = keras.ops
        values, gradient, logits = self.passes.gradient(objective, ops.reshape(x, (-1, *self.shape)), *arrays)
        gradient = ops.reshape(gradient, (-1, int(np.prod(self.shape))))
        # A sum shows what is not finite in one pass over the gradient.
        unusable = ~ops.isfinite(ops.sum(gradient, axis=1))
        return values, where_any(unusable, lambda: ops.zeros_like(gradient), gradient), logits

    def clipped(self, x: Any) -> Any:
        """Return `x` (n, d) within the bounds."""
        return keras.ops.minimum(keras.ops.maximum(x, self.low), self.high)


class Program(Hashable, Protocol):
    """An attack's step. Equal programs are compiled once for a model.

    Attributes:
        forwards, backwards: passes of a sample in one step.
        kept: names of the arrays (n, d) that must not change once a sample is done. Those (n,) never do.
    """

    @property
    def forwards(self) -> int: ...
    @property
    def backwards(self) -> int: ...
    @property
    def kept(self) -> tuple[str, ...]: ...

    def step(self, view: View, given: Tree, state: Tree) -> Tree:
        """Return what changes in the state: arrays (n, …) by name, ``done`` (n,) among them.

        `given` holds what stays: ``origin``, ``lower`` and ``upper`` (n, d), ``label`` (n,), ``epsilon`` (n, 1) and
        what an attack adds. ``lower`` and ``upper`` are the bounds, and under L∞ the ball's too.
        """
        ...


def run(
    network: Network,
    program: Program,
    given: Tree,
    state: Tree,
    *,
    draws: Draws | None = None,
    owners: Array | None = None,
) -> Tree:
    """Step through all samples until they are done, and return their final state, in the arrays of `state`.

    Args:
        network: whose model is attacked; its passes are counted there.
        program: what a step does.
        given, state: arrays (n, …) by name; see `Program.step`.
        draws: gives each block's random numbers.
        owners: (n,) numbers, where several of the n are one sample's: those after the first that is ``fooled`` in the
            state are given up.
    """
    n = len(state["done"])
    rows, waiting, length = np.arange(0), 0, SHORTEST
    with progress(type(program).__name__, n) as advance:
        while len(rows) or waiting < n:
            new = np.arange(waiting, min(n, waiting + network.batch_size - len(rows)))
            waiting += len(new)
            rows = np.concatenate([rows, new])
            begin = time.perf_counter()
            after = _block(network, program, given, state, rows, length, draws)
            quick = time.perf_counter() - begin < AT_ONCE / 2
            for key, value in after.items():
                state[key][rows] = value
            leaving = after["done"]
            if owners is not None:
                leaving = leaving | ~ahead(owners, state["fooled"])[rows]
            length = _next(length, quick=quick) if leaving.mean() < STAYING else SHORTEST
            advance(int(leaving.sum()))
            rows = rows[~leaving]
    return state


def _next(length: int, *, quick: bool) -> int:
    return min(2 * length, LONGEST) if quick else length


def ahead(owners: Array, fooled: Array) -> Array:
    """Return (n,) which come no later than the first of the same owner (n,) that has fooled (n,)."""
    first = np.full(owners.max(initial=-1) + 1, len(owners))
    np.minimum.at(first, owners[fooled], np.flatnonzero(fooled))
    return np.asarray(np.arange(len(owners)) <= first[owners])


def _block(
    network: Network, program: Program, given: Tree, state: Tree, rows: Array, length: int, draws: Draws | None
) -> Tree:
    size = len(rows) if engine().any_batch else network.bucket(len(rows))
    arrays = {f"given/{key}": _padded(value[rows], size) for key, value in given.items()}
    arrays |= {f"state/{key}": _padded(value[rows], size) for key, value in state.items()}
    arrays["state/done"][len(rows) :] = True
    if draws:
        numbers = draws.numbers(rows, state["t"][rows], length * draws.pace)
        # Always as wide as the longest block, since each width is compiled by itself.
        arrays["draws"] = np.zeros((size, LONGEST * draws.pace, numbers.shape[2]), network.dtype)
        arrays["draws"][: len(rows), : length * draws.pace] = numbers
    fixed = {"low": network.low, "high": network.high, "limit": np.int32(length)}
    pace = draws.pace if draws else 0
    compiled = _compiled.program(
        network.model, (program, network.shape, pace), lambda: _function(program, network.shape, pace)
    )
    after = compiled(arrays, fixed)
    count = int(after.pop("count"))
    network.forwards += count * len(rows) * program.forwards
    network.backwards += count * len(rows) * program.backwards
    return {key: value[: len(rows)] for key, value in after.items()}


def _function(program: Program, shape: tuple[int, ...], pace: int) -> Callable[[Passes, Tree, Tree], Tree]:
    def function(passes: Passes, arrays: Tree, fixed: Tree) -> Tree:
        given = {key[6:]: value for key, value in arrays.items() if key.startswith("given/")}
        state = {key[6:]: value for key, value in arrays.items() if key.startswith("state/")}
        drawn = _drawing(arrays["draws"], state["t"], pace) if pace else None

        def step(_: Any, state: Tree) -> Tree:
            numbers = drawn(state["t"]) if drawn else None
            view = View(passes, shape, fixed["low"], fixed["high"], numbers)
            return _frozen(state, program.step(view, given, state), program.kept)

        count, state = passes.repeat(step, state, fixed["limit"])
        return {"count": count, **state}

    return function


def _drawing(numbers: Any, begin: Any, pace: int) -> Callable[[Any], Any]:
    """Return what gives rows (n × pace, k) of numbers (n, length, k) from times (n,) on; they start at `begin` (n,)."""
    ops, (length, k) = keras.ops, numbers.shape[1:]
    rows = ops.reshape(numbers, (-1, k))
    first = ops.arange(ops.shape(numbers)[0], dtype="int32") * length - begin

    def drawn(t: Any) -> Any:
        index = first + t
        if pace > 1:
            index = ops.reshape(index[:, None] + ops.arange(pace, dtype="int32"), (-1,))
        return ops.take(rows, index, axis=0)

    return drawn


def _frozen(state: Tree, changed: Tree, kept: tuple[str, ...]) -> Tree:
    """Change only samples that were not done; of large arrays those that matter then, since each costs a pass."""
    done, new = state["done"], dict(state)
    for key, value in changed.items():
        new[key] = keras.ops.cast(value, state[key].dtype)
        if len(value.shape) == 1:
            new[key] = keras.ops.where(done, state[key], new[key])
        elif key in kept:
            new[key] = keras.ops.where(done[:, None], state[key], new[key])
    return new


def _padded(x: Array, size: int) -> Array:
    return x if len(x) == size else np.concatenate([x, np.repeat(x[-1:], size - len(x), axis=0)])
