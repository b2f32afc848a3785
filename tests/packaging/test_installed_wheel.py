"""The installed wheel does the main job from another folder. `tox -e package` runs this in a clean environment."""

import json
import os
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

import nnbench

CHECKOUT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    Path(nnbench.__file__).is_relative_to(CHECKOUT / "nnbench"),
    reason="nnbench is installed from the checkout; `tox -e package` installs the wheel",
)


@pytest.fixture
def command(tmp_path):
    """A function that runs the console script in an empty folder."""

    def run(*arguments):
        script = Path(sys.executable).with_name("nnbench")
        env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "KERAS_BACKEND")}
        return subprocess.run([script, *arguments], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=600)

    return run


def test_the_checkout_is_out_of_reach():
    assert not [p for p in sys.path if Path(p or ".").resolve() in (CHECKOUT, CHECKOUT / "nnbench")]


@pytest.mark.parametrize(
    "path",
    [
        "nnbench/py.typed",
        "nnbench/__init__.pyi",
        "nnbench/testing/__init__.pyi",
        "nnbench/harness/run.ini",
        "nnbench/report/templates/report.html.j2",
    ],
)
def test_data_files_are_shipped(path):
    assert path in {str(file) for file in distribution("keras-nnbench").files}


def test_every_suite_is_shipped():
    shipped = {file.name for file in distribution("keras-nnbench").files if file.parts[:2] == ("nnbench", "suites")}
    assert shipped >= {path.name for path in (CHECKOUT / "suites").glob("bench_*.py")}
    assert "bench_quick.py" in shipped


def test_nothing_else_is_shipped():
    tops = {file.parts[0] for file in distribution("keras-nnbench").files}
    assert {top for top in tops if not top.endswith(".dist-info") and top != ".."} == {"nnbench"}


def test_version(command):
    done = command("--version")
    assert done.stdout.split()[-1] == nnbench.__version__ == distribution("keras-nnbench").version


def test_models_are_listed(command):
    done = command("models", "--json")
    assert done.returncode == 0, done.stderr
    families = {row["family"] for row in json.loads(done.stdout)}
    assert families >= {"neuron", "mlp", "cnn", "rnn", "transformer", "gan"}


def test_the_main_job(command, tmp_path):
    done = command("run", "quick", "--profile", "smoke", "--out", "results")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {p.name for p in (tmp_path / "results").iterdir()} >= {"index.html", "results.csv", "results.sqlite"}
    statuses = nnbench.load_results(tmp_path / "results").groupby("model")["status"].agg(set)
    assert len(statuses) >= 10
    assert set.union(*statuses) == {"ok"}
