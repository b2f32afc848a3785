"""Benchmarking one model: the fixture `nnbench` in tests, `nnbench.benchmark` elsewhere."""

from __future__ import annotations

import tempfile
import traceback
import warnings
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from nnbench.core.errors import ArgumentError
from nnbench.core.recipe import Recipe
from nnbench.core.registry import did_you_mean
from nnbench.core.suite import EVALUATIONS, Entry
from nnbench.harness.options import RunOptions
from nnbench.harness.plan import Planned, is_reference, plan_case
from nnbench.harness.replay import replay
from nnbench.harness.runs import runs_of
from nnbench.harness.session import Session
from nnbench.harness.supervision import Verdict
from nnbench.results.record import Attempt

Model = Any
"""A registered variant's name, ``module:function``, a builder, a ``.keras`` file's path, or a live ``keras.Model``."""


class Bench:
    """What the fixture `nnbench` gives: call it with a model and a dataset.

    Results go to the folder of ``--nnbench-out``, by default ``reports/tests``; a case that is there already is not
    run again. The user's own models always run, since their code may have changed: a builder or a file in a worker, a
    live model in place, in the test's own process.
    """

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request

    def __call__(self, model: Model, dataset: str, **options: Any) -> Attempt:
        """Return the attempt; its numbers are ``attempt["accuracy"]`` and so on. See `benchmark` for the options."""
        runs = runs_of(self._request.config)
        given = runs.options
        options.setdefault("device", given.devices[0])
        options.setdefault("profile", given.profile or "full")
        planned, live = planned_case(model, dataset, suite="tests", options=given, **options)
        if live is not None:
            attempt = runs.run_live(planned, lambda: _execute_live(planned, live))
        elif is_reference(planned.case.model):
            attempt = runs.run_again(planned)
        else:
            attempt = runs.run(planned)
        replay(self._request, attempt.samples.get("latency", []))
        return attempt


def benchmark(model: Model, dataset: str, *, out: str | Path | None = None, **options: Any) -> Attempt:
    """Train and measure one model on one dataset.

    A name, a builder or a file goes to a worker process; a live ``keras.Model``, compiled or not, is trained in place
    in this process, under the active backend.

    Args:
        model: a registered variant's name, ``module:function``, a builder that a worker can import, a path to a
            ``.keras`` file, or a live model that gives logits (regression: values).
        dataset: a registered dataset.
        out: a results folder to keep the attempt in; by default nothing is kept.
        **options: ``recipe``, or fields of `Recipe` (``epochs``, ``batch_size`` …); ``seed``, ``backend``, ``device``,
            ``precision``, ``profile``, ``evaluations``, and ``overrides`` of the builder's arguments.

    Raises:
        UnknownNameError: no such model or dataset.
        ArgumentError: an option that does not exist, or a value outside what is accepted.
    """
    planned, live = planned_case(model, dataset, suite="benchmark", options=RunOptions(), **options)
    if out is None:
        with tempfile.TemporaryDirectory(prefix="nnbench-") as folder:
            return _benchmark(planned, live, Path(folder))
    return _benchmark(planned, live, Path(out))


def _benchmark(planned: Planned, live: Any, out: Path) -> Attempt:
    with Session(out, RunOptions(), suite=planned.suite, profile=planned.profile) as session:
        if live is None:
            return session.run(planned)
        return session.run_live(planned, lambda: _execute_live(planned, live))


def planned_case(
    model: Model,
    dataset: str,
    *,
    suite: str,
    options: RunOptions,
    recipe: Recipe | None = None,
    seed: int = 0,
    backend: str | None = None,
    device: str = "cpu",
    precision: str | None = None,
    profile: str = "full",
    evaluations: tuple[str, ...] = EVALUATIONS,
    overrides: dict[str, Any] | None = None,
    **recipe_fields: Any,
) -> tuple[Planned, Any]:
    """Return the case that such a call means, and the live model where it is one."""
    reference, live = _reference(model)
    entry = Entry(reference, dataset, _recipe(recipe, recipe_fields), overrides or {}, evaluations=tuple(evaluations))
    checked = replace(
        options,
        backends=(_backend(backend, live) or options.backends[0],),
        devices=(device,),
        precision=precision or options.precision,
    )
    planned = plan_case(
        entry,
        suite=suite,
        profile=profile,
        backend=checked.backends[0],
        device=device,
        seed=seed,
        options=checked,
    )
    return planned, live


def _recipe(recipe: Recipe | None, changes: dict[str, Any]) -> Recipe:
    known = [f.name for f in fields(Recipe)]
    for name in changes:
        if name not in known:
            raise ArgumentError(f"There is no option {name!r}.{did_you_mean(name, known)}")
    return replace(recipe or Recipe(), **changes)


def _reference(model: Model) -> tuple[str, Any]:
    if isinstance(model, (str, Path)):
        return str(model), None
    if hasattr(model, "stateless_call") and hasattr(model, "weights"):
        return f"live:{model.name}", model
    if callable(model):
        return _importable(model), None
    raise ArgumentError(
        f"model must be a name, module:function, a builder, a .keras file or a keras.Model. Received: {model!r}."
    )


def _importable(builder: Any) -> str:
    name = getattr(builder, "__qualname__", "")
    if "<" in name or not name:
        raise ArgumentError(f"A builder must be a function at the top of a module. Received: {builder!r}.")
    if builder.__module__ == "__main__":
        raise ArgumentError(
            f"A worker process cannot import {name!r} from a script or a notebook. Put the builder into a module, "
            f"or give the model that it builds."
        )
    return f"{builder.__module__}:{name}"


def _backend(asked: str | None, live: Any) -> str | None:
    """Return the backend asked for; a live model has the active one and no other."""
    if live is None:
        return asked
    import keras

    active = str(keras.backend.backend())
    if asked not in (None, active):
        raise ArgumentError(f"A live model runs under the active backend, {active}. Received: backend={asked!r}.")
    return active


def _execute_live(planned: Planned, model: Any) -> Verdict:
    from nnbench.harness.execute import execute
    from nnbench.harness.failures import classify

    try:
        with warnings.catch_warnings():
            # Keras makes arrays of its variables in a way that NumPy 2 deprecates; a test may treat that as an error.
            warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
            return Verdict("ok", outcome=execute(planned.case, model=model))
    except Exception as error:
        return Verdict(*classify(error), error=traceback.format_exc())
