"""Stores to draw reports from."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from synthetic_results import ENTRIES, attempt_of, everything, write

from nnbench.report.stored import read_stored
from nnbench.report.write import write_report


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A results folder with all kinds of attempts, and its report."""
    path = write(tmp_path_factory.mktemp("all") / "quick", everything())
    write_report(path)
    return path


@pytest.fixture(scope="session")
def stored(folder):
    return read_stored(folder)


@pytest.fixture(scope="session")
def html(folder):
    return (folder / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def shifted(tmp_path_factory):
    """Results of five models, three seeds each, .03 lower in quality than those in `folder`."""
    attempts = [attempt_of(e, seed, shift=-0.03) for e in ENTRIES[:5] for seed in range(3)]
    return write(tmp_path_factory.mktemp("shifted"), attempts)
