"""Killing a run at any moment: what is finished is kept, no worker stays, the same command does the rest."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psutil

PATIENCE = 240
SUITE = """
from nnbench import Entry, Recipe, Suite

plain = dict(evaluations=("quality",))
short = Recipe(epochs=2, batch_size=32)
suite = Suite(
    "three",
    [
        Entry("faulty_builders:linear", "iris", short, **plain),
        Entry("faulty_builders:waits", "iris", short, **plain),
        Entry("faulty_builders:linear", "wine", short, **plain),
    ],
    seeds={"quick": 1},
)
"""


# A shell starts what it puts into the background with Ctrl-C ignored, and children inherit that.
COMMAND_LINE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from nnbench.cli import main
main()
"""


class Run:
    """`nnbench run` of a suite whose second case waits for a file."""

    def __init__(self, folder, backend):
        self.folder, self.out = folder, folder / "out"
        (folder / "bench_three.py").write_text(SUITE)
        shutil.copy(Path(__file__).with_name("faulty_builders.py"), folder)
        self._backend = ("--backend", backend, "--out", str(self.out))

    def start(self, *arguments):
        """Start the command line, by default on the suite."""
        command = [sys.executable, "-c", COMMAND_LINE, "run", *(arguments or ("bench_three.py", *self._backend))]
        env = {**os.environ, "NNBENCH_TEST_FOLDER": str(self.folder)}
        return subprocess.Popen(command, cwd=self.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def until_it_waits(self):
        """Return the id of the worker once the second case has begun."""
        assert eventually((self.folder / "started").exists)
        return int((self.folder / "started").read_text())

    def release(self):
        """Let the second case go on, now and in the future."""
        (self.folder / "release").touch()

    def rows(self):
        """Return model, dataset and status of each attempt, oldest first."""
        with sqlite3.connect(self.out / "results.sqlite") as db:
            found = db.execute("SELECT model, dataset, status FROM attempts ORDER BY started").fetchall()
        db.close()
        return [(model.partition(":")[2], dataset, status) for model, dataset, status in found]

    def case_id(self, status):
        """Return the id of the case of an attempt."""
        with sqlite3.connect(self.out / "results.sqlite") as db:
            ((found,),) = db.execute("SELECT case_id FROM attempts WHERE status = ?", (status,)).fetchall()
        db.close()
        return found


def eventually(condition, patience=PATIENCE):
    deadline = time.monotonic() + patience
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)
    return condition()


def gone(pid):
    """Return whether a process has ended; nobody may be there to collect it."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def finish(process):
    text = process.communicate(timeout=PATIENCE)[0].decode()
    return process.returncode, text


FIRST, SECOND, THIRD = ("linear", "iris"), ("waits", "iris"), ("linear", "wine")


def test_after_a_killed_parent_the_same_command_runs_exactly_the_missing_cases(tmp_path, backend):
    run = Run(tmp_path, backend)
    process = run.start()
    worker = run.until_it_waits()
    process.kill()
    finish(process)
    assert eventually(lambda: gone(worker), patience=60)  # in the middle of its case, which takes longer
    assert run.rows() == [(*FIRST, "ok")]
    run.release()
    code, text = finish(run.start())
    assert code == 0, text
    assert run.rows() == [(*FIRST, "ok"), (*SECOND, "ok"), (*THIRD, "ok")]


def test_an_interrupted_run_can_be_gone_on_with_case_by_case(tmp_path, backend):
    run = Run(tmp_path, backend)
    process = run.start()
    worker = run.until_it_waits()
    process.send_signal(signal.SIGINT)
    code, text = finish(process)
    assert code == 130, text
    assert "Traceback" not in text
    assert gone(worker)
    assert run.rows() == [(*FIRST, "ok"), (*SECOND, "cancelled")]
    page = run.out / "index.html"
    assert "cancelled" in page.read_text()
    assert not (run.out / "results.sqlite-wal").exists()
    run.release()
    page.unlink()
    code, text = finish(run.start("--case", run.case_id("cancelled"), "--out", str(run.out)))
    assert (code, "waits-iris" in text) == (0, True), text
    assert run.rows()[2:] == [(*SECOND, "ok")]
    assert page.exists()


def test_a_terminated_run_ends_as_an_interrupted_one(tmp_path, backend):
    run = Run(tmp_path, backend)
    process = run.start()
    worker = run.until_it_waits()
    process.send_signal(signal.SIGTERM)
    code, text = finish(process)
    assert code == 130, text
    assert gone(worker)
    assert run.rows() == [(*FIRST, "ok"), (*SECOND, "cancelled")]
    assert (run.out / "index.html").exists()
    # one case again, and interrupted again
    (run.folder / "started").unlink()
    process = run.start("--case", run.case_id("cancelled"), "--out", str(run.out))
    worker = run.until_it_waits()
    process.send_signal(signal.SIGTERM)
    code, text = finish(process)
    assert code == 130, text
    assert "Traceback" not in text
    assert gone(worker)
    assert run.rows()[2:] == [(*SECOND, "cancelled")]
