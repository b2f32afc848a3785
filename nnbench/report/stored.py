"""All that a report is made of, read from one results folder at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from nnbench.report.corruption import with_corruption_errors
from nnbench.report.frames import by_family, summary
from nnbench.report.overview import overview
from nnbench.results.load import load_attempts, load_results, load_runs, load_series


@dataclass(frozen=True)
class Stored:
    """The newest attempt of every case in a results folder.

    Attributes:
        frame: the measurements as `load_report_frame` gives them, and mCE, as `with_corruption_errors` adds it.
        attempts: one row per attempt, as `load_attempts` gives them, with models named alike.
        curves: one row per attempt, curve and epoch: attempt_id, the attempt's keys, name, epoch (from 1), value.
        artifacts: one row per artifact: attempt_id, the attempt's keys, name, values.
        runs: the runs, oldest first, as `load_runs` gives them.
    """

    frame: pd.DataFrame
    attempts: pd.DataFrame
    curves: pd.DataFrame
    artifacts: pd.DataFrame
    runs: list[dict[str, Any]]

    @cached_property
    def summary(self) -> pd.DataFrame:
        """The measurements over seeds, see `frames.summary`."""
        return summary(self.frame)

    @cached_property
    def overview(self) -> pd.DataFrame:
        """One row per model, dataset and place, see `overview.overview`."""
        return overview(self.summary)


def read_stored(path: str | Path, references: Sequence[str] = ()) -> Stored:
    """Read a results folder or file.

    Args:
        references: the models whose errors mCE divides by, as `with_corruption_errors` takes them.

    Raises:
        ArgumentError: a reference that was not measured under corruptions.
        InvalidStoreError: there are no results at `path`, or they are not readable.
    """
    attempts = _labelled(load_attempts(path))
    columns = ["attempt_id", "family", "model", "dataset", "recipe", "backend", "device", "seed", "profile"]
    keys = attempts.loc[attempts["status"] == "ok", columns]
    return Stored(
        frame=with_corruption_errors(_with_attempts(load_results(path), attempts), references),
        attempts=attempts,
        curves=by_family(
            _epochs(load_series(path, "curve")).merge(keys, on="attempt_id").sort_values(["seed", "epoch"])
        ),
        artifacts=by_family(load_series(path, "artifact").merge(keys, on="attempt_id").sort_values("seed")),
        runs=load_runs(path),
    )


def load_report_frame(path: str | Path) -> pd.DataFrame:
    """Return `load_results` with a column ``profile``, and models named with what was overridden: ``mlp(width=64)``.

    Raises:
        InvalidStoreError: there are no results at `path`, or they are not readable.
    """
    return _with_attempts(load_results(path), _labelled(load_attempts(path)))


def _with_attempts(frame: pd.DataFrame, attempts: pd.DataFrame) -> pd.DataFrame:
    labels = attempts[["attempt_id", "model", "profile"]]
    return frame.drop(columns="model").merge(labels, on="attempt_id", validate="many_to_one")


def _labelled(attempts: pd.DataFrame) -> pd.DataFrame:
    models = [_label(m, json.loads(c)["overrides"]) for m, c in zip(attempts["model"], attempts["case"], strict=True)]
    return attempts.assign(model=pd.Series(models, index=attempts.index, dtype=str))


def _label(model: str, overrides: dict[str, Any]) -> str:
    options = ", ".join(f"{k}={v}" for k, v in sorted(overrides.items()))
    return f"{model}({options})" if options else model


def _epochs(series: pd.DataFrame) -> pd.DataFrame:
    rows = [
        (attempt, name, epoch, value)
        for attempt, name, values in series.itertuples(index=False)
        for epoch, value in enumerate(values, start=1)
    ]
    frame = pd.DataFrame(rows, columns=["attempt_id", "name", "epoch", "value"])
    return frame.astype({"attempt_id": str, "name": str, "epoch": int, "value": float})
