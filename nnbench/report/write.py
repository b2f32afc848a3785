"""Writes a report beside its results."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from nnbench.report.corruption import MCE, RELATIVE_MCE
from nnbench.report.html import render
from nnbench.report.stored import read_stored
from nnbench.results.load import load_results
from nnbench.results.store import store_path


def write_report(folder: str | Path, references: Sequence[str] = ()) -> Path:
    """Write ``index.html`` and ``results.csv`` into a results folder, and return the page's path.

    Either file is replaced at once: a reader sees the old one or the new one, never a part.

    Args:
        references: the models whose errors mCE divides by, as `with_corruption_errors` takes them.

    Raises:
        ArgumentError: a reference that was not measured under corruptions.
        InvalidStoreError: there are no results in `folder`, or they are not readable.
    """
    source = store_path(folder)
    stored = read_stored(source, references)
    page = render(stored)
    replace(source.with_name("results.csv"), _table(load_results(source), stored.frame).to_csv(index=False))
    return replace(source.with_name("index.html"), page)


def replace(path: Path, text: str) -> Path:
    """Write `text` to a file beside `path`, then put it in its place, and return `path`."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        # mkstemp makes private files; a report is as readable as any other new file.
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path


def _table(results: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """Return the stored measurements, and those that the report made of them under the models' own names."""
    derived = shown[shown["metric"].isin((MCE, RELATIVE_MCE))]
    if derived.empty:
        return results
    models = results.drop_duplicates("attempt_id").set_index("attempt_id")["model"]
    derived = derived.assign(model=derived["attempt_id"].map(models))
    return pd.concat([results, derived[results.columns]], ignore_index=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
