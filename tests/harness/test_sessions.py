"""A session: what is stored already is not run, what ends is written at once, a dead worker is replaced."""

import json
import sqlite3

import pytest

from nnbench.core.errors import ArgumentError, InvalidStoreError
from nnbench.core.measurement import Measurement
from nnbench.core.recipe import Published
from nnbench.harness.options import RunOptions
from nnbench.harness.outcome import Outcome
from nnbench.harness.session import Session
from nnbench.harness.supervision import Verdict
from nnbench.results.load import load_attempts, load_results, load_runs


def open_session(out, **options):
    return Session(out, RunOptions(**options), suite="tests", profile="quick")


def accuracy(value):
    return Outcome(measurements=[Measurement("accuracy", value)])


def statuses(out):
    return load_attempts(out)["status"].tolist()


@pytest.fixture
def no_workers(monkeypatch):
    """Whoever starts a worker fails."""

    def refuse(*_, **__):
        raise AssertionError("a worker was started")

    monkeypatch.setattr("nnbench.harness.session.Worker", refuse)


def test_a_case_that_cannot_run_is_a_row_without_a_worker(tmp_path, planned, no_workers):
    with open_session(tmp_path) as session:
        attempt = session.run(planned("gpt_tiny"))
    assert attempt.status == "unsupported"
    rows = load_results(tmp_path)
    assert rows["reason"].tolist() == ["gpt_tiny does language, and iris is a classification dataset"]
    assert rows["metric"].isna().all()


def test_what_ended_ok_is_not_run_again(tmp_path, planned, no_workers):
    with open_session(tmp_path) as session:
        first = session.run_live(planned(), lambda: Verdict("ok", outcome=accuracy(0.7)))
    with open_session(tmp_path) as session:
        again = session.run(planned())
    assert again.id == first.id
    assert again["accuracy"] == 0.7
    assert statuses(tmp_path) == ["ok"]
    assert len(load_runs(tmp_path)) == 2


@pytest.mark.parametrize("status", ["error", "diverged", "oom", "timeout", "crash", "skipped"])
def test_what_ended_otherwise_is_run_again(tmp_path, planned, status, monkeypatch):
    with open_session(tmp_path) as session:
        session.run_live(planned(), lambda: Verdict(status, "why", error="Traceback"))
        assert session.stored(planned()) is None
        monkeypatch.setattr(session, "_execute", lambda *_: Verdict("ok", outcome=accuracy(0.5)))
        assert session.run(planned()).ok
    assert sorted(load_results(tmp_path, history=True)["status"]) == sorted([status, "ok"])
    assert statuses(tmp_path) == ["ok"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_an_interruption_leaves_a_cancelled_row_and_goes_on_up(tmp_path, planned, stop):
    def interrupt():
        raise stop

    with open_session(tmp_path) as session, pytest.raises(stop):
        session.run_live(planned(), interrupt)
    assert statuses(tmp_path) == ["cancelled"]
    assert load_attempts(tmp_path)["reason"].tolist() == ["the run was interrupted"]


def test_a_published_number_stands_beside_the_measured_one(tmp_path, planned, no_workers):
    case = planned(published=Published("accuracy", 0.94, "Someone 2020"))
    with open_session(tmp_path) as session:
        ok = session.run_live(case, lambda: Verdict("ok", outcome=accuracy(0.9)))
        failed = session.run_live(case, lambda: Verdict("error", "no"))
    assert ok["published"] == 0.94
    assert [m.conditions for m in ok.measurements if m.metric == "published"] == ["accuracy: Someone 2020"]
    assert failed.measurements == ()


def test_a_crash_is_a_row_and_the_next_case_runs_in_a_fresh_worker(tmp_path, planned, offline, backend):
    with open_session(tmp_path) as session:
        good = session.run(planned("faulty_builders:linear"))
        crash = session.run(planned("faulty_builders:killed"))
        after = session.run(planned("faulty_builders:linear", seed=1))
    assert [a.status for a in (good, crash, after)] == ["ok", "crash", "ok"]
    assert crash.reason == "the worker process was killed by SIGKILL"
    assert good.seconds > 0
    frame = load_results(tmp_path)
    assert frame[frame["status"] == "ok"].groupby("seed")["metric"].nunique().eq(frame["metric"].nunique()).all()
    (run,) = load_runs(tmp_path)
    worker = run["environment"]["workers"][f"{backend}/cpu"]
    assert worker["devices"]["cpu"]
    assert set(worker["versions"]) == {"keras", backend}


def test_a_case_is_stored_with_all_that_is_needed_to_run_it_again(tmp_path, planned, no_workers):
    case = planned("mlp", "wine", seed=3).case
    with open_session(tmp_path) as session:
        session.run_live(planned("mlp", "wine", seed=3), lambda: Verdict("error", "no"))
    stored = json.loads(load_attempts(tmp_path)["case"][0])
    assert type(case).from_dict(stored).id == case.id


def test_a_reader_does_not_disturb_the_end_of_a_run(tmp_path, planned, no_workers):
    with open_session(tmp_path) as session:
        session.run(planned("gpt_tiny"))
        reader = sqlite3.connect(tmp_path / "results.sqlite")
        cursor = reader.execute("SELECT * FROM attempts")
        cursor.fetchone()
        session._store._db.execute("PRAGMA busy_timeout=100")
    reader.close()
    assert statuses(tmp_path) == ["unsupported"]


def test_a_folder_may_have_a_dot_in_its_name(tmp_path, planned, no_workers):
    out = tmp_path / "resnet.v1.5"
    with open_session(out) as session:
        session.run(planned("gpt_tiny"))
    assert (out / "results.sqlite").is_file()


def test_a_file_is_no_results_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ArgumentError, match=r"out must be a folder\. Received: .*file', which is a file"):
        open_session(tmp_path / "file")


def test_a_damaged_results_file_is_left_as_it_is(tmp_path):
    (tmp_path / "results.sqlite").write_text("not a database, but somebody's")
    with pytest.raises(InvalidStoreError, match=r"results\.sqlite cannot be read as a results file"):
        open_session(tmp_path)
    assert (tmp_path / "results.sqlite").read_text() == "not a database, but somebody's"
