"""What the harness costs a training: samples per second beside a bare ``model.fit``, the same model and backend.

command:   nnbench run throughput --benchmark-json=throughput.json
hardware:  any; nothing else should run
time:      about a quarter of an hour on two CPU cores
expected:  ratio (harness / bare), median of interleaved runs, at least 0.97 for each model
n:         21 runs of each side in turn: a worker of the harness, and a process that does nothing but ``model.fit``
"""

import statistics
import subprocess
import sys
from contextlib import contextmanager

import pytest

from nnbench import Recipe
from nnbench.runtime.launch import worker_environment

ROUNDS = 21
EXPECTED = 0.97
REFERENCES = {
    "logistic_regression": ("digits", 200),
    "mlp": ("mnist1d", 40),
    "mnist1d_cnn": ("mnist1d", 15),
    "cnn_tiny": ("digits", 40),
    "lstm_tiny": ("digits", 30),
}

# Trains once for every line it reads, and prints samples per second after the first epoch, as the harness states them.
BARE = """
import sys, time, keras, nnbench
model_name, dataset, epochs = sys.argv[1], sys.argv[2], int(sys.argv[3])
splits = nnbench.load_dataset(dataset)
class Marks(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.marks = []
    def on_epoch_end(self, epoch, logs=None):
        self.marks.append(time.perf_counter())
for line in sys.stdin:
    keras.backend.clear_session()
    keras.utils.set_random_seed(int(line))
    model = nnbench.create_model(model_name, input_shape=splits.spec.shape, classes=splits.spec.classes)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss, metrics=["accuracy"])
    clock = Marks()
    model.fit(splits.train.x, splits.train.y, batch_size=128, epochs=epochs, verbose=0, callbacks=[clock])
    print(len(splits.train) * (epochs - 1) / (clock.marks[-1] - clock.marks[0]), flush=True)
"""


@contextmanager
def bare_fit(model, dataset, epochs, backend):
    """Give a function of a seed that trains in a process of its own and returns samples per second."""
    command = [sys.executable, "-c", BARE, model, dataset, str(epochs)]
    environment = worker_environment(backend, "cpu")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as process:

        def train(seed):
            process.stdin.write(f"{seed}\n")
            process.stdin.flush()
            return float(process.stdout.readline())

        yield train
        process.stdin.close()


@pytest.mark.parametrize("model", REFERENCES)
def test_throughput_beside_bare_fit(model, nnbench, record_property, request):
    dataset, epochs = REFERENCES[model]
    backend = (request.config.getoption("--nnbench-backend") or "tensorflow").split(",")[0]
    recipe = Recipe(name="bare", epochs=epochs)

    def harness(seed):
        attempt = nnbench(model, dataset, recipe=recipe, seed=seed, profile="quick", evaluations=())
        return attempt["training_throughput"]

    ratios = []
    with bare_fit(model, dataset, epochs, backend) as bare:
        for seed in range(ROUNDS):
            # Whichever comes second meets a machine in another state, so they take turns.
            order = (bare, harness) if seed % 2 else (harness, bare)
            found = {side: side(seed) for side in order}
            ratios.append(found[harness] / found[bare])
    median = statistics.median(ratios)
    spread = f"{min(ratios):.3f} to {max(ratios):.3f}"
    record_property(model, f"{median:.3f} of a bare fit (median of {ROUNDS}, {spread})")
    assert median >= EXPECTED
