"""What out-of-distribution detectors cost beside the pass that they share, beside pytorch-ood, and in memory.

command:   nnbench run detectors
           NNBENCH_PYTORCH_OOD=peers/bin/python nnbench run detectors       (for the comparison; see tests/ood/parity)
data:      Fashion-MNIST through Keras; MNIST test images (mnist.npz or mnist-t10k-images.npz in the Keras home)
hardware:  any; nothing else should run
time:      seven minutes on two CPU cores, most of it in pytorch-ood
expected:  all detectors that need no further pass, with the shared pass: at most 1.5 times that pass and KNN; at least
           5 times faster than the same in pytorch-ood; further passes of the others: at most 1.1 times these passes
           alone; 60,000 training samples of 2048 features in 2 GB
seen:      1.10 times the pass and KNN (2.1 times with Gram, which needs all layers), 9.8 times faster; ODIN 1.10, MC
           dropout 1.06, ensembles 1.10 times their passes; 1.2 GB
n:         10,000 + 10,000 images, 10,000 to fit; medians of rounds in turn
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROUNDS_FILE = Path(__file__).with_name("detector_rounds.py")
ROUNDS = {"shared": 5, "peers": 3}
SHARED_LIMIT, PEERS_LIMIT, PASSES_LIMIT, MEMORY_LIMIT = 1.5, 5, 1.1, 2e9


@pytest.fixture(scope="module")
def folder(tmp_path_factory, pytestconfig):
    """A folder with images, labels and a trained network's weights, as NumPy arrays."""
    path = tmp_path_factory.mktemp("detectors")
    with worker("prepare", path, pytestconfig) as ask:
        ask()
    return path


@contextlib.contextmanager
def worker(role, path, pytestconfig, interpreter=sys.executable):
    """Give a function that has another process do its round and returns what it reports."""
    backend = (pytestconfig.getoption("--nnbench-backend") or "tensorflow").split(",")[0]
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    command = [interpreter, str(ROUNDS_FILE), role, str(path)]
    with subprocess.Popen(command, env=environment, **pipes) as process:

        def ask():
            process.stdin.write("\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield ask
        process.stdin.close()


def test_beside_the_shared_pass(folder, pytestconfig, record_property):
    with worker("shared", folder, pytestconfig) as ask:
        ask()  # compiles
        rounds = [ask() for _ in range(ROUNDS["shared"])]
    medians = {key: statistics.median(r[key] for r in rounds) for key in rounds[0] if key.startswith("s_")}
    ratio = statistics.median(r["s_all"] / (r["s_pass"] + r["s_knn"]) for r in rounds)
    with_gram = statistics.median(r["s_with_gram"] / (r["s_pass"] + r["s_knn"]) for r in rounds)
    record_property("seconds", ", ".join(f"{key[2:]} {value:.2f}" for key, value in medians.items()))
    record_property("shared pass", f"{ratio:.2f} times the pass and KNN for {rounds[0]['detectors']} detectors")
    record_property("with gram too", f"{with_gram:.2f} times: it adds what it needs of all layers to the pass")
    assert ratio <= SHARED_LIMIT


def test_further_passes(folder, pytestconfig, record_property):
    with worker("passes", folder, pytestconfig) as ask:
        ask()
        rounds = [ask() for _ in range(ROUNDS["shared"])]
    ratios = {name: statistics.median(r[name][0] / r[name][1] for r in rounds) for name in rounds[0]}
    for name, ratio in ratios.items():
        record_property(name, f"{ratio:.3f} times its own passes ({rounds[0][name][2]} per sample)")
    assert max(ratios.values()) <= PASSES_LIMIT


def test_beside_pytorch_ood(folder, pytestconfig, record_property):
    interpreter = os.environ.get("NNBENCH_PYTORCH_OOD")
    if not interpreter:
        pytest.skip("NNBENCH_PYTORCH_OOD names no interpreter that has pytorch-ood")
    with worker("ours", folder, pytestconfig) as ours, worker("theirs", folder, pytestconfig, interpreter) as theirs:
        ours()
        pairs = [(ours(), theirs()) for _ in range(ROUNDS["peers"])]
    totals = [(own["seconds"], sum(peer.values())) for own, peer in pairs]
    ratios = [peer / own for own, peer in totals]
    own, peer = (statistics.median(seconds) for seconds in zip(*totals, strict=True))
    spread = f"{min(ratios):.1f} to {max(ratios):.1f}"
    record_property("speed", f"{statistics.median(ratios):.1f} times ({spread}): {peer:.1f} s against {own:.1f} s")
    record_property("by detector", ", ".join(f"{name} {seconds:.1f} s" for name, seconds in pairs[0][1].items()))
    assert statistics.median(ratios) >= PEERS_LIMIT


def test_memory(tmp_path, pytestconfig, record_property):
    with worker("memory", tmp_path, pytestconfig) as ask:
        found = ask()
    record_property("memory", f"{found['peak'] / 1e9:.2f} GB at the peak, {found['data'] / 1e9:.2f} GB of it features")
    record_property("seconds", ", ".join(f"{name} {seconds:.0f}" for name, seconds in found["seconds"].items()))
    assert found["peak"] <= MEMORY_LIMIT
