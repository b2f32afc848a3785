"""What the harness costs a training: samples per second beside a bare ``model.fit``, the same model and backend.

command:   nnbench run throughput --benchmark-json=throughput.json
hardware:  any; nothing else should run
time:      about seven minutes on two CPU cores
expected:  ratio (harness / bare), median of interleaved runs, at least 0.97 for each model
n:         5 pairs of trainings: a worker of the harness, and a process that does nothing but ``model.fit``

The two trainings of a pair take turns of a quarter of a second, one standing still while the other runs, so that both
meet the same machine. What counts are the epochs while both train, per second that each was let run.
"""

import json
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import psutil
import pytest

from nnbench import Recipe
from nnbench.harness.runs import runs_of
from nnbench.runtime.launch import worker_environment

ROUNDS = 5
TURN = 0.25
EXPECTED = 0.97
REFERENCES = {
    "logistic_regression": ("digits", 400),
    "mlp": ("mnist1d", 60),
    "mnist1d_cnn": ("mnist1d", 20),
    "cnn_tiny": ("digits", 80),
    "lstm_tiny": ("digits", 50),
}

# Trains once for every line it reads, and prints when each epoch ended, by the clock that all processes share.
BARE = """
import json, sys, time, keras, nnbench
model_name, dataset, epochs = sys.argv[1], sys.argv[2], int(sys.argv[3])
splits = nnbench.load_dataset(dataset)
class Marks(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.marks = []
    def on_epoch_end(self, epoch, logs=None):
        self.marks.append(time.perf_counter())
print("ready", flush=True)
for line in sys.stdin:
    keras.backend.clear_session()
    keras.utils.set_random_seed(int(line))
    model = nnbench.create_model(model_name, input_shape=splits.spec.shape, classes=splits.spec.classes)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss, metrics=["accuracy"])
    clock = Marks()
    model.fit(splits.train.x, splits.train.y, batch_size=128, epochs=epochs, verbose=0, callbacks=[clock])
    print(json.dumps(clock.marks), flush=True)
"""


class Turns:
    """Two processes of which one runs while the other stands still, until the block ends; then both run."""

    def __init__(self, *pids):
        self._processes = [psutil.Process(pid) for pid in pids]
        self._granted = [[] for _ in pids]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._alternate)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _alternate(self):
        first, second = self._processes
        second.suspend()
        while not self._over.is_set():
            for i, (runs, stands) in enumerate(((first, second), (second, first))):
                stands.suspend()
                start = time.perf_counter()
                runs.resume()
                self._over.wait(TURN)
                self._granted[i].append((start, time.perf_counter()))
        for process in self._processes:
            process.resume()

    def granted(self, which, start, end):
        """Return the seconds between two times at which a process was let run."""
        return sum(max(0, min(end, stop) - max(start, begin)) for begin, stop in self._granted[which])

    def rates(self, *marks):
        """Return each process's epochs per second of its own, from the times at which its epochs ended."""
        start, end = max(m[0] for m in marks), min(m[-1] for m in marks)
        common = [[t for t in m if start <= t <= end] for m in marks]
        return [(len(m) - 1) / self.granted(i, m[0], m[-1]) for i, m in enumerate(common)]


@contextmanager
def bare_fit(model, dataset, epochs, backend):
    """Give a process that trains for every seed that is written to it."""
    command = [sys.executable, "-c", BARE, model, dataset, str(epochs)]
    environment = worker_environment(backend, "cpu")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as process:
        process.stdout.readline()
        yield process
        process.stdin.close()


def worker_pid():
    """Return the process id of the harness's worker."""
    (worker,) = (p for p in psutil.Process().children() if "nnbench.harness.worker" in p.cmdline())
    return worker.pid


@pytest.mark.parametrize("model", REFERENCES)
def test_throughput_beside_bare_fit(model, nnbench, record_property, request):
    dataset, epochs = REFERENCES[model]
    backend = (request.config.getoption("--nnbench-backend") or "tensorflow").split(",")[0]
    runs = runs_of(request.config)
    shown, ended = runs.progress, []

    def mark(phase, done, total):
        if done:
            ended.append(time.perf_counter())
        shown(phase, done, total)

    def harness(seed, epochs):
        ended.clear()
        recipe = Recipe(name="bare", epochs=epochs)
        assert nnbench(model, dataset, recipe=recipe, seed=seed, profile="quick", evaluations=()).ok
        return list(ended)

    runs.progress, ratios = mark, []
    harness(ROUNDS, 2)  # starts the worker
    with bare_fit(model, dataset, epochs, backend) as bare:
        for seed in range(ROUNDS):
            bare.stdin.write(f"{seed}\n")
            bare.stdin.flush()
            with Turns(worker_pid(), bare.pid) as turns:
                marks = harness(seed, epochs)
            ours, theirs = turns.rates(marks, json.loads(bare.stdout.readline()))
            ratios.append(ours / theirs)
    runs.progress = shown
    median = statistics.median(ratios)
    spread = f"{min(ratios):.3f} to {max(ratios):.3f}"
    record_property(model, f"{median:.3f} of a bare fit (median of {ROUNDS}, {spread})")
    assert median >= EXPECTED
