"""Attempts in one SQLite file, written by one process, an attempt a transaction.

Write-ahead log and ``synchronous=FULL``: after a crash or a power cut every finished attempt is there.
"""

from __future__ import annotations

import json
import math
import sqlite3
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from nnbench.core.case import Case
from nnbench.core.errors import InvalidStoreError
from nnbench.core.measurement import Measurement
from nnbench.results.record import Attempt
from nnbench.results.schema import TABLES, VERSION

FILE_NAME = "results.sqlite"


def store_path(path: str | Path) -> Path:
    """Return the results file that `path` means: the file itself, or ``results.sqlite`` in a folder."""
    path = Path(path)
    named_as_file = path.suffix == Path(FILE_NAME).suffix and not path.is_dir()
    return path if path.is_file() or named_as_file else path / FILE_NAME


class Store:
    """A results file opened for writing; created where there is none.

    Raises:
        InvalidStoreError: the file is no results file, is damaged, or is of a later version.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = store_path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(self.path, isolation_level=None)
        with _understandable(self.path):
            self._db.execute("PRAGMA synchronous=FULL")
            self._create_or_check()
            self._db.execute("PRAGMA journal_mode=WAL")

    def _create_or_check(self) -> None:
        if self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            check_version(self._db, self.path)
            return
        self._db.executescript(f"BEGIN;{TABLES}PRAGMA user_version={VERSION};COMMIT;")

    def begin_run(self, *, suite: str, profile: str, command: str, environment: Mapping[str, Any]) -> str:
        """Record that a run starts, and return its id."""
        run_id = uuid.uuid4().hex
        started = datetime.now(UTC).isoformat(timespec="milliseconds")
        row = (run_id, started, suite, profile, command, json.dumps(environment))
        self._db.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?)", row)
        return run_id

    def update_environment(self, run_id: str, environment: Mapping[str, Any]) -> None:
        """Replace what is known of a run's environment; workers report theirs when they start."""
        self._db.execute("UPDATE runs SET environment = ? WHERE run_id = ?", (json.dumps(environment), run_id))

    def add(self, attempt: Attempt, run_id: str) -> None:
        """Write one attempt, all of it or nothing."""
        with self._transaction():
            marks = ", ".join("?" * 19)
            self._db.execute(f"INSERT INTO attempts VALUES ({marks})", _attempt_row(attempt, run_id))
            self._db.executemany(
                "INSERT INTO measurements VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [_measurement_row(attempt.id, m) for m in attempt.measurements],
            )
            self._db.executemany("INSERT INTO series VALUES (?, ?, ?, ?)", _series_rows(attempt))

    def add_rows(self, tables: Mapping[str, Sequence[tuple[object, ...]]]) -> int:
        """Add rows of another results file, all or none, leaving out those there are; return the attempts added."""
        count = "SELECT count(*) FROM attempts"
        with self._transaction():
            before = self._db.execute(count).fetchone()[0]
            for table, rows in tables.items():
                if rows:
                    marks = ", ".join("?" * len(rows[0]))
                    self._db.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", rows)
            after = self._db.execute(count).fetchone()[0]
        return int(after - before)

    def finished(self) -> dict[str, str]:
        """Return case id to attempt id of every case that has ended ``ok``, the newest attempt each."""
        rows = self._db.execute("SELECT case_id, attempt_id FROM attempts WHERE status = 'ok' ORDER BY started")
        return dict(rows.fetchall())

    def read(self, attempt_id: str) -> Attempt:
        """Return a stored attempt."""
        return read_attempt(self._db, attempt_id)

    def close(self) -> None:
        """Fold the log into the file, so that the file alone holds everything.

        While somebody reads the file the log stays beside it; whoever closes it last folds it.
        """
        with suppress(sqlite3.OperationalError):
            self._db.execute("PRAGMA journal_mode=DELETE")
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


@contextmanager
def reading(path: str | Path) -> Iterator[sqlite3.Connection]:
    """Open a results file for reading alone; a running writer is not disturbed.

    Raises:
        InvalidStoreError: there is no such file, or it is not one of ours.
    """
    path = store_path(path)
    if not path.is_file():
        expected = f"a folder that `nnbench run` wrote, or its {FILE_NAME}"
        raise InvalidStoreError(f"No results at {path}: expected {expected}.")
    # A finished file has no log beside it; `immutable` then also reads it on a disk that cannot be written.
    options = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
    db = sqlite3.connect(f"{path.absolute().as_uri()}?{options}", uri=True)
    try:
        with _understandable(path):
            check_version(db, path)
            yield db
    finally:
        db.close()


def check_version(db: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that is not ours or is of a later version."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise InvalidStoreError(f"{path} has schema version {version}; this nnbench reads up to {VERSION}. Upgrade it.")
    if version < 1:
        raise InvalidStoreError(f"{path} is an SQLite file, but not one that nnbench wrote.")


def read_attempt(db: sqlite3.Connection, attempt_id: str) -> Attempt:
    """Return an attempt from an open results file."""
    columns = 'attempt_id, suite, profile, family, status, reason, error, started, seconds, "case"'
    row = db.execute(f"SELECT {columns} FROM attempts WHERE attempt_id = ?", (attempt_id,)).fetchone()
    key, suite, profile, family, status, reason, error, started, seconds, case = row
    numbers = db.execute(
        "SELECT metric, value, unit, better, n, low, high, conditions, reason FROM measurements WHERE attempt_id = ?",
        (key,),
    ).fetchall()
    series: dict[str, dict[str, Any]] = {"curve": {}, "sample": {}, "artifact": {}}
    for kind, name, values in db.execute('SELECT kind, name, "values" FROM series WHERE attempt_id = ?', (key,)):
        series[kind][name] = json.loads(values)
    return Attempt(
        case=Case.from_dict(json.loads(case)),
        family=family,
        status=status,
        reason=reason,
        suite=suite,
        profile=profile,
        measurements=tuple(Measurement(m, math.nan if v is None else v, *rest) for m, v, *rest in numbers),
        curves=series["curve"],
        samples=series["sample"],
        artifacts=series["artifact"],
        started=started,
        seconds=seconds,
        error=error,
        id=key,
    )


@contextmanager
def _understandable(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise InvalidStoreError(f"{path} cannot be read as a results file: {error}.") from error


def _attempt_row(a: Attempt, run_id: str) -> tuple[Any, ...]:
    c = a.case
    where = (a.suite, a.profile, a.family, c.model, c.dataset, c.recipe.name, c.backend, c.device, c.precision, c.seed)
    what = (a.status, a.reason, a.error, a.started, a.seconds, json.dumps(c.as_dict(), sort_keys=True))
    return (a.id, c.id, run_id, *where, *what)


def _measurement_row(attempt_id: str, m: Measurement) -> tuple[Any, ...]:
    return (attempt_id, m.metric, m.value, m.unit, m.better, m.n, m.low, m.high, m.conditions, m.reason)


def _series_rows(a: Attempt) -> list[tuple[str, str, str, str]]:
    kinds: dict[str, Mapping[str, Any]] = {"curve": a.curves, "sample": a.samples, "artifact": a.artifacts}
    return [(a.id, kind, name, json.dumps(v)) for kind, named in kinds.items() for name, v in named.items()]
