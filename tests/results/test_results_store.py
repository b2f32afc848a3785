"""The results file: what is written is read, all of an attempt or nothing, and no other file is taken for one."""

from __future__ import annotations

import math
import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from nnbench.core.case import Case
from nnbench.core.errors import InvalidStoreError
from nnbench.core.measurement import Measurement, not_applicable
from nnbench.core.recipe import Recipe
from nnbench.results import store as store_module
from nnbench.results.load import load_attempts, load_results, load_runs, load_series
from nnbench.results.record import Attempt
from nnbench.results.schema import VERSION
from nnbench.results.store import FILE_NAME, Store


def attempt(seed=0, status="ok", measurements=None, **fields):
    case = Case("mlp", "iris", Recipe(), "some", "cpu", "float32", seed, ("quality",), "abc", {"units": 8})
    if measurements is None:
        measurements = (
            Measurement("accuracy", 0.9, "1", "higher", 30, 0.74, 0.97),
            Measurement("ood_auroc_msp", 0.7, "1", "higher", conditions="wine"),
            Measurement("ood_auroc_msp", 0.8, "1", "higher", conditions="noise"),
            not_applicable("bits_per_character", "no characters", better="lower"),
        )
    given = {"suite": "quick", "profile": "smoke", "seconds": 2.5, "curves": {"loss": [1.0, 0.5]}}
    given |= {"samples": {"latency": [1e-3]}, "artifacts": {"generated": {"kind": "points", "samples": [[0.0, 1.0]]}}}
    return Attempt(case, "mlp", status, measurements=measurements, **{**given, **fields})


def begin(store):
    return store.begin_run(suite="quick", profile="smoke", command="nnbench run quick", environment={"cores": 2})


@pytest.fixture
def folder(tmp_path):
    with Store(tmp_path / "out") as store:
        store.add(attempt(), begin(store))
    return tmp_path / "out"


def counts(path):
    db = sqlite3.connect(path / FILE_NAME)
    found = [db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("attempts", "measurements", "series")]
    db.close()
    return found


def test_an_attempt_is_read_as_it_was_written(tmp_path):
    written = attempt(error="Traceback", reason="")
    with Store(tmp_path) as store:
        store.add(written, begin(store))
        read = store.read(written.id)
    pairs = zip(sorted(written.measurements, key=str), sorted(read.measurements, key=str), strict=True)
    for one, other in pairs:
        assert math.isnan(one.value) == math.isnan(other.value)
        assert replace(one, value=0) == replace(other, value=0)
        assert math.isnan(one.value) or one.value == other.value
    assert replace(read, measurements=()) == replace(written, measurements=())
    assert read.case.id == written.case.id
    assert read["accuracy"] == 0.9


def test_the_frame_has_a_row_for_each_measurement(folder):
    frame = load_results(folder)
    assert list(frame["metric"]) == ["accuracy", "bits_per_character", "ood_auroc_msp", "ood_auroc_msp"]
    assert frame["value"].isna().tolist() == [False, True, False, False]
    assert frame.loc[1, "reason"] == "no characters"
    assert frame.loc[0, ["low", "high", "n"]].tolist() == [0.74, 0.97, 30]
    assert set(frame["suite"]) == {"quick"}


def test_a_failed_attempt_is_a_row_without_metric(tmp_path):
    with Store(tmp_path) as store:
        store.add(attempt(status="oom", reason="killed at 3 GB", measurements=()), begin(store))
    row = load_results(tmp_path).iloc[0]
    assert (row["status"], row["reason"]) == ("oom", "killed at 3 GB")
    assert row[["metric", "value"]].isna().all()


def test_the_newest_attempt_of_a_case_counts(tmp_path):
    with Store(tmp_path) as store:
        run = begin(store)
        failed = attempt(status="error", reason="boom", measurements=(), started="2026-01-01T00:00:00.000+00:00")
        store.add(failed, run)
        store.add(attempt(started="2026-01-02T00:00:00.000+00:00"), run)
        assert list(store.finished()) == [failed.case.id]
    assert set(load_results(tmp_path)["status"]) == {"ok"}
    assert set(load_results(tmp_path, history=True)["status"]) == {"ok", "error"}
    assert len(load_attempts(tmp_path)) == 1


def test_series_and_runs(folder):
    assert load_series(folder, "curve")[["name", "values"]].values.tolist() == [["loss", [1.0, 0.5]]]
    assert load_series(folder, "sample").loc[0, "values"] == [1e-3]
    assert load_series(folder, "artifact").loc[0, "values"]["kind"] == "points"
    assert load_runs(folder)[0]["environment"] == {"cores": 2}


def test_a_run_learns_its_environment_later(tmp_path):
    with Store(tmp_path) as store:
        store.update_environment(begin(store), {"cores": 64})
    assert load_runs(tmp_path)[0]["environment"] == {"cores": 64}


@pytest.mark.parametrize("fault", ["a metric twice", "not plain data"])
def test_an_attempt_that_cannot_be_written_leaves_nothing(tmp_path, fault):
    twice = (Measurement("accuracy", 0.1), Measurement("accuracy", 0.2))
    broken = attempt(measurements=twice) if fault == "a metric twice" else attempt(artifacts={"generated": object()})
    with Store(tmp_path) as store:
        run = begin(store)
        with pytest.raises((sqlite3.IntegrityError, TypeError)):
            store.add(broken, run)
        assert store.finished() == {}
        store.add(attempt(seed=1), run)
    assert counts(tmp_path) == [1, 4, 3]


def test_an_interrupt_in_the_middle_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(a):
        raise KeyboardInterrupt

    with Store(tmp_path) as store:
        run = begin(store)
        with monkeypatch.context() as patch:
            patch.setattr(store_module, "_series_rows", interrupt)
            with pytest.raises(KeyboardInterrupt):
                store.add(attempt(), run)
    assert counts(tmp_path) == [0, 0, 0]


def test_reading_does_not_wait_for_a_writer(tmp_path):
    with Store(tmp_path) as store:
        run = begin(store)
        store.add(attempt(seed=0), run)
        with store._transaction():
            store._db.execute("DELETE FROM measurements")
            assert len(load_results(tmp_path)) == 4
        assert set(load_results(tmp_path)["metric"].isna()) == {True}


def test_reading_writes_nothing(folder):
    before = {p.name: p.stat().st_mtime_ns for p in folder.iterdir()}
    folder.chmod(0o555)
    try:
        load_results(folder)
    finally:
        folder.chmod(0o755)
    assert {p.name: p.stat().st_mtime_ns for p in folder.iterdir()} == before
    assert list(before) == [FILE_NAME]


def test_no_results(tmp_path):
    with pytest.raises(InvalidStoreError, match=r"No results at .*nothing"):
        load_results(tmp_path / "nothing")


@pytest.mark.parametrize("use", [load_results, load_attempts, load_runs, lambda p: load_series(p, "curve"), Store])
def test_a_file_that_is_no_database(tmp_path, use):
    (tmp_path / FILE_NAME).write_text("model,accuracy\nmlp,0.9\n" * 100)
    with pytest.raises(InvalidStoreError, match="cannot be read as a results file"):
        use(tmp_path)


@pytest.mark.parametrize("use", [load_results, Store])
def test_a_database_of_something_else(tmp_path, use):
    db = sqlite3.connect(tmp_path / FILE_NAME)
    db.execute("CREATE TABLE bookmarks (url TEXT)")
    db.close()
    with pytest.raises(InvalidStoreError, match="not one that nnbench wrote"):
        use(tmp_path)


@pytest.mark.parametrize("use", [load_results, Store])
def test_a_later_version(folder, use):
    db = sqlite3.connect(folder / FILE_NAME)
    db.execute(f"PRAGMA user_version={VERSION + 1}")
    db.close()
    with pytest.raises(InvalidStoreError, match=f"version {VERSION + 1}; this nnbench reads up to {VERSION}"):
        use(folder)


def test_a_damaged_file(folder):
    path = folder / FILE_NAME
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))
    with pytest.raises(InvalidStoreError, match="cannot be read as a results file"):
        load_results(folder)


def test_a_truncated_file(folder):
    path = folder / FILE_NAME
    path.write_bytes(path.read_bytes()[:6000])
    with pytest.raises(InvalidStoreError, match="cannot be read as a results file"):
        load_results(folder)


WRITER = """
import sys
sys.path.insert(0, {here!r})
from test_results_store import Store, attempt, begin
store = Store({folder!r})
run = begin(store)
for seed in range(10_000):
    one = attempt(seed=seed)
    store.add(one, run)
    print(one.id, flush=True)
"""


def test_kill_loses_at_most_the_attempt_in_flight(tmp_path):
    code = WRITER.format(here=str(Path(__file__).parent), folder=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as writer:
        told = [writer.stdout.readline().strip() for _ in range(25)]
        os.kill(writer.pid, signal.SIGKILL)
        told += writer.stdout.read().split()
    assert writer.returncode == -signal.SIGKILL

    stored = load_results(tmp_path).groupby("attempt_id").size()
    assert set(told) <= set(stored.index)
    assert len(stored) <= len(told) + 1
    assert set(stored) == {4}

    with Store(tmp_path) as store:
        store.add(attempt(seed=-1), begin(store))
    assert len(load_attempts(tmp_path)) == len(stored) + 1
