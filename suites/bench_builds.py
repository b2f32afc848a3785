"""Build times: seconds that every variant of fewer than 50 million parameters takes, once Keras is loaded.

command:   nnbench run builds --backend=tensorflow      (or jax, torch)
hardware:  any; nothing else should run
time:      75 s of builds on TensorFlow, 50 s on PyTorch and on JAX, on two CPU cores
expected:  under 2.5 s each on TensorFlow and PyTorch, under 5 s on JAX; resnet1202_cifar takes longer
seen:      densenet264 2.1 s on TensorFlow, bigru 1.7 s on PyTorch and JAX; resnet1202_cifar 6.5 s, 4.1 s, 3.4 s
n:         one build of each variant in one process; what is over the limit, and the slowest three, once more in a
           process of their own, as the first thing that Keras builds there
"""

import subprocess
import sys

import pytest

from nnbench import list_models, model_info
from nnbench.runtime.launch import missing_backend, worker_environment

LARGEST = 50_000_000
# 4,200 layers, of which Keras's own bookkeeping takes milliseconds each: measured and shown, not asserted.
EXEMPT = {"resnet1202_cifar"}
LIMITS = {"tensorflow": 2.5, "torch": 2.5, "jax": 5.0}
SHOWN = 3

BUILDS = """
import sys, time, keras, nnbench
keras.ops.convert_to_numpy(keras.ops.zeros(1))
for name in sys.argv[1:]:
    keras.backend.clear_session()
    start = time.perf_counter()
    model = nnbench.create_model(name)
    print(name, time.perf_counter() - start, flush=True)
    del model
"""


def seconds_of_builds(backend, names):
    """Return seconds by variant, built one after another in a new process."""
    command = [sys.executable, "-c", BUILDS, *names]
    done = subprocess.run(command, env=worker_environment(backend, "cpu"), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return {name: float(seconds) for name, seconds in map(str.split, done.stdout.splitlines())}


def test_builds(record_property, request):
    backend = (request.config.getoption("--nnbench-backend") or "tensorflow").split(",")[0]
    if reason := missing_backend(backend):
        pytest.skip(reason)
    names = [name for name in list_models() if (model_info(name).parameters or 0) < LARGEST]
    seconds = seconds_of_builds(backend, names)
    slowest = sorted(names, key=seconds.get, reverse=True)
    again = [n for i, n in enumerate(slowest) if i < SHOWN or seconds[n] >= LIMITS[backend]]
    alone = {name: seconds_of_builds(backend, [name])[name] for name in again}
    record_property("built", f"{len(names)} variants in {sum(seconds.values()):.1f} s")
    for name in again[:SHOWN]:
        record_property(name, f"{seconds[name]:.2f} s, alone {alone[name]:.2f} s")
    assert {n: s for n, s in alone.items() if s >= LIMITS[backend] and n not in EXEMPT} == {}
