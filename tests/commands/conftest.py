"""The command line, called as a program."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from nnbench.core.case import Case
from nnbench.core.measurement import Measurement
from nnbench.core.recipe import Recipe
from nnbench.results.record import Attempt
from nnbench.results.store import Store


@pytest.fixture
def nnbench(tmp_path):
    """A function that calls ``nnbench`` in an empty folder and gives the finished process."""

    def call(*arguments, **variables):
        command = [sys.executable, "-m", "nnbench.cli", *map(str, arguments)]
        env = {**os.environ, "COLUMNS": "100", **variables}
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300)

    return call


@pytest.fixture
def stored(tmp_path):
    """A function that stores an attempt per seed in a results folder, all with about the same accuracy."""

    def store(name, *, accuracy=0.8, seeds=3, status="ok", model="mlp"):
        folder = tmp_path / name
        recipe = Recipe(epochs=1)
        with Store(folder) as results:
            run_id = results.begin_run(suite="quick", profile="quick", command="test", environment={})
            for seed in range(seeds):
                case = Case(model, "iris", recipe, "jax", "cpu", "float32", seed, ("quality",), "0" * 16)
                value = Measurement(
                    "accuracy", accuracy + seed / 1000, "1", "higher", n=100, low=accuracy - 0.05, high=accuracy + 0.05
                )
                blank = Attempt(case, "mlp", status, suite="quick", profile="quick", measurements=(value,), seconds=1.0)
                failed = replace(blank, reason="it went wrong", measurements=(), error="Traceback: deep")
                results.add(blank if status == "ok" else failed, run_id)
        return folder

    return store
