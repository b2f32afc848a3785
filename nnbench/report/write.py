"""Writes a report beside its results."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from nnbench.report.html import render
from nnbench.report.stored import read_stored
from nnbench.results.load import load_results
from nnbench.results.store import store_path


def write_report(folder: str | Path) -> Path:
    """Write ``index.html`` and ``results.csv`` into a results folder, and return the page's path.

    Either file is replaced at once: a reader sees the old one or the new one, never a part.

    Raises:
        InvalidStoreError: there are no results in `folder`, or they are not readable.
    """
    source = store_path(folder)
    page = render(read_stored(source))
    replace(source.with_name("results.csv"), load_results(source).to_csv(index=False))
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


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
