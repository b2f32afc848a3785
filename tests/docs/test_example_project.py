"""The example project trains on a folder of images and on a table, saves, and serves without nnbench."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_iris

PROJECT = Path(__file__).parents[1] / "example_project"


def train(*arguments):
    command = [sys.executable, str(PROJECT / "train.py"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return float(done.stdout.split()[-1])


@pytest.fixture
def images(tmp_path):
    """A folder of dark and of bright noise."""
    rng = np.random.default_rng(0)
    for name, low in (("bright", 128), ("dark", 0)):
        (tmp_path / "images" / name).mkdir(parents=True)
        for i in range(24):
            pixels = rng.integers(low, low + 128, (40, 50, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "images" / name / f"{i}.png")
    return tmp_path / "images"


@pytest.fixture
def serve():
    processes = []

    def start(model):
        # A process in which nnbench cannot be imported stands for a machine that does not have it.
        program = "import runpy, sys; sys.modules['nnbench'] = None; sys.argv = sys.argv[1:]; "
        program += "runpy.run_path(sys.argv[0], run_name='__main__')"
        command = [sys.executable, "-c", program, str(PROJECT / "serve.py"), str(model), "0"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        processes.append(process)
        return int(process.stdout.readline().split()[-1])

    yield start
    for process in processes:
        process.kill()
        process.stdout.close()
        process.wait()


def ask(port, inputs):
    body = json.dumps({"inputs": inputs}).encode()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}", body, timeout=60) as answer:
        return json.load(answer)["classes"]


def test_images(images, tmp_path, serve):
    assert train("images", images, tmp_path / "light.keras") > 0.9
    port = serve(tmp_path / "light.keras")
    assert ask(port, np.full((2, 32, 32, 3), [[[[0.25]]], [[[0.75]]]]).tolist()) == ["dark", "bright"]


def test_a_table(tmp_path):
    data = load_iris(as_frame=True)
    frame = data.data.assign(species=data.target_names[data.target])
    frame.to_csv(tmp_path / "iris.csv", index=False)
    assert train("table", tmp_path / "iris.csv", tmp_path / "iris.keras") > 0.9
    assert json.loads((tmp_path / "iris.json").read_text()) == ["setosa", "versicolor", "virginica"]
