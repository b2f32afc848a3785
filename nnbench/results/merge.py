"""Several results files into one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nnbench.results.store import Store, reading

_TABLES = ("runs", "attempts", "measurements", "series")


def merge(sources: Sequence[str | Path], out: str | Path) -> int:
    """Copy the attempts of `sources` that `out` does not have, and return how many they were.

    Raises:
        InvalidStoreError: one of them is not readable as results; nothing has been copied then.
    """
    rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in _TABLES}
    for source in sources:
        with reading(source) as db:
            for table in _TABLES:
                rows[table] += db.execute(f"SELECT * FROM {table}").fetchall()
    with Store(out) as store:
        return store.add_rows(rows)
