"""What the harness costs a training: samples per second beside a bare ``model.fit``, the same model and backend.

command:   nnbench run throughput --benchmark-json=throughput.json
hardware:  any; nothing else should run
time:      about four minutes on two CPU cores
expected:  ratio (harness / bare), median of interleaved runs, at least 0.97 for each model
n:         3 interleaved runs of each side, a fresh process each
"""

import json
import statistics
import subprocess
import sys

import pytest

from nnbench import Recipe
from nnbench.runtime.launch import worker_environment

ROUNDS = 3
EXPECTED = 0.97
REFERENCES = {
    "logistic_regression": ("digits", 150),
    "mlp": ("mnist1d", 40),
    "mnist1d_cnn": ("mnist1d", 20),
    "cnn_tiny": ("digits", 40),
    "lstm_tiny": ("digits", 30),
}

# The steady phase of both sides is what follows the first epoch.
BARE = """
import json, sys, time, keras, nnbench
model_name, dataset, epochs = sys.argv[1], sys.argv[2], int(sys.argv[3])
keras.utils.set_random_seed(0)
splits = nnbench.load_dataset(dataset)
model = nnbench.create_model(model_name, input_shape=splits.spec.shape, classes=splits.spec.classes)
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss, metrics=["accuracy"])
marks = []
class Marks(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        marks.append(time.perf_counter())
model.fit(splits.train.x, splits.train.y, batch_size=128, epochs=epochs, verbose=0, callbacks=[Marks()])
print(json.dumps(len(splits.train) * (epochs - 1) / (marks[-1] - marks[0])))
"""


def bare_throughput(model: str, dataset: str, epochs: int, backend: str) -> float:
    """Train in a script of its own and return samples per second."""
    command = [sys.executable, "-c", BARE, model, dataset, str(epochs)]
    done = subprocess.run(command, env=worker_environment(backend, "cpu"), capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.strip().splitlines()[-1]))


@pytest.mark.parametrize("model", REFERENCES)
def test_throughput_beside_bare_fit(model, nnbench, record_property, request):
    dataset, epochs = REFERENCES[model]
    backend = (request.config.getoption("--nnbench-backend") or "tensorflow").split(",")[0]
    ratios = []
    for seed in range(ROUNDS):
        bare = bare_throughput(model, dataset, epochs, backend)
        recipe = Recipe(name="bare", epochs=epochs)
        attempt = nnbench(model, dataset, recipe=recipe, seed=seed, profile="full", evaluations=())
        ratios.append(attempt["training_throughput"] / bare)
    median = statistics.median(ratios)
    spread = f"{min(ratios):.3f} to {max(ratios):.3f}"
    record_property(model, f"{median:.3f} of a bare fit (median of {ROUNDS}, {spread})")
    assert median >= EXPECTED
