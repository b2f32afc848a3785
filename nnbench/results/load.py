"""Stored attempts as tidy pandas frames."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pandas as pd

from nnbench.results.store import reading

COLUMNS = [
    "attempt_id", "case_id", "suite", "family", "model", "dataset", "recipe", "backend", "device", "precision", "seed",
    "status", "reason", "metric", "value", "unit", "better", "n", "low", "high",
    "conditions",
]  # fmt: skip
"""Columns of `load_results`. `reason` says why an attempt failed, or why a measurement is not applicable."""

_NEWEST = "SELECT attempt_id FROM (SELECT attempt_id, max(started || rowid) FROM attempts GROUP BY case_id)"


def load_results(path: str | Path, *, history: bool = False) -> pd.DataFrame:
    """Return the measurements in a results folder or file, one row each.

    An attempt that gave no measurement, because it failed, has one row whose metric is missing.

    Args:
        history: also give attempts that a later attempt of the same case replaced.

    Raises:
        InvalidStoreError: there are no results at `path`, or they are not readable.
    """
    keys = ", ".join(f"a.{c}" for c in COLUMNS[:12])
    numbers = ", ".join(f"m.{c}" for c in COLUMNS[13:])
    query = f"""
        SELECT {keys}, coalesce(nullif(m.reason, ''), a.reason) AS reason, {numbers}
        FROM attempts a LEFT JOIN measurements m USING (attempt_id)
        {"" if history else f"WHERE a.attempt_id IN ({_NEWEST})"}
        ORDER BY a.started, a.attempt_id, m.metric, m.conditions
    """
    with reading(path) as db:
        frame = _frame(db, query)
    return frame.astype({"value": float, "low": float, "high": float, "n": "Int64"})[COLUMNS]


def load_attempts(path: str | Path) -> pd.DataFrame:
    """Return one row per newest attempt: the keys, status, reason, error, started, seconds, run_id and case (JSON)."""
    with reading(path) as db:
        return _frame(db, f"SELECT * FROM attempts WHERE attempt_id IN ({_NEWEST}) ORDER BY started")


def load_series(path: str | Path, kind: str) -> pd.DataFrame:
    """Return the drawn data of the newest attempts: attempt_id, name and values (decoded).

    Args:
        kind: ``curve``, ``sample`` or ``artifact``.
    """
    query = f'SELECT attempt_id, name, "values" FROM series WHERE kind = ? AND attempt_id IN ({_NEWEST})'
    with reading(path) as db:
        rows = db.execute(query, (kind,)).fetchall()
    return pd.DataFrame([(a, n, json.loads(v)) for a, n, v in rows], columns=["attempt_id", "name", "values"])


def load_runs(path: str | Path) -> list[dict[str, Any]]:
    """Return the runs of a results file, oldest first, each with its environment as a dictionary."""
    with reading(path) as db:
        rows = db.execute("SELECT run_id, started, suite, profile, command, environment FROM runs ORDER BY started")
        names = [c[0] for c in rows.description]
        runs = [dict(zip(names, row, strict=True)) for row in rows]
    return [{**run, "environment": json.loads(run["environment"])} for run in runs]


def _frame(db: sqlite3.Connection, query: str) -> pd.DataFrame:
    """Return a query's rows. `pandas.read_sql_query` would wrap the error of a damaged file in one of its own."""
    rows = db.execute(query)
    names = [c[0] for c in rows.description]
    return pd.DataFrame.from_records(rows.fetchall(), columns=names, coerce_float=True)
