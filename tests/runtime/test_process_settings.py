"""What a process is started with, how it loads its backend, and what it holds."""

import os
import subprocess
import sys

import numpy as np
import pytest

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.runtime.abstract import without_values
from nnbench.runtime.launch import check_device, missing_backend, worker_environment
from nnbench.runtime.memory import peak_rss, reset_peak_rss, rss
from nnbench.runtime.names import BACKENDS, MODULES

MEBIBYTE = 2**20


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_processor_worker_sees_no_gpu(backend):
    found = worker_environment(backend, "cpu", base={"CUDA_VISIBLE_DEVICES": "0", "HOME": "/home/someone"})
    assert found["KERAS_BACKEND"] == backend
    assert found["CUDA_VISIBLE_DEVICES"] == ""
    assert found["HOME"] == "/home/someone"


def test_a_gpu_worker_sees_the_gpus_that_its_user_allows():
    found = worker_environment("jax", "gpu", base={"CUDA_VISIBLE_DEVICES": "1"})
    assert found["CUDA_VISIBLE_DEVICES"] == "1"
    assert "JAX_PLATFORMS" not in found


def test_the_environment_of_this_process_is_the_default_base(monkeypatch):
    monkeypatch.setenv("NNBENCH_TEST_MARK", "here")
    assert worker_environment("torch", "cpu")["NNBENCH_TEST_MARK"] == "here"


def test_an_unknown_backend_is_answered_with_the_nearest():
    with pytest.raises(
        ArgumentError, match=r"one of tensorflow, jax, torch\. Received: 'pytorch'\. Did you mean 'torch'"
    ):
        worker_environment("pytorch", "cpu")


def test_an_unknown_device_is_answered_with_those_there_are():
    with pytest.raises(ArgumentError, match=r"one of cpu, gpu\. Received: 'tpu'"):
        check_device("tpu")


def test_a_backend_that_is_not_installed_is_told_with_what_installs_it(monkeypatch):
    assert missing_backend(keras.backend.backend()) == ""
    monkeypatch.setitem(MODULES, "jax", "no_such_module")
    assert missing_backend("jax") == "the backend jax is not installed; `pip install 'keras-nnbench[jax]'` brings it"


def test_building_without_values_leaves_the_list_of_pending_variables_as_it_was():
    from keras.src.backend.common import global_state

    before = list(global_state.get_global_attribute("uninitialized_variables") or [])
    with without_values():
        model = keras.Sequential([keras.Input((10_000,)), keras.layers.Dense(10_000)])
    assert model.count_params() == 100_010_000
    assert list(global_state.get_global_attribute("uninitialized_variables") or []) == before


def test_building_without_values_cleans_up_after_an_error():
    from keras.src.backend.common import global_state

    before = list(global_state.get_global_attribute("uninitialized_variables") or [])

    def fail():
        with without_values():
            keras.layers.Dense(10).build((None, 10))
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fail()
    assert list(global_state.get_global_attribute("uninitialized_variables") or []) == before
    output = keras.layers.Dense(2, use_bias=False)(np.zeros((1, 2), "float32"))
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(output), np.zeros((1, 2)))


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="the system has no resettable peak")
def test_the_memory_peak_starts_anew():
    reset_peak_rss()
    block = np.ones(160 * MEBIBYTE, np.uint8)
    high = peak_rss()
    assert high >= block.nbytes
    del block
    reset_peak_rss()
    assert peak_rss() < high - 100 * MEBIBYTE


def test_resident_memory_counts_the_children():
    script = f"import time; block = b'x' * {64 * MEBIBYTE}; print('ready', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as child:
        try:
            child.stdout.readline()
            alone = rss(child.pid)
            assert alone > 64 * MEBIBYTE
            assert rss(os.getpid()) >= rss(os.getpid(), children=False) + 64 * MEBIBYTE
        finally:
            child.kill()
    assert rss(child.pid) == 0


def test_loading_a_backend_is_silent():
    script = (
        "from nnbench.runtime.quiet import load_backend; load_backend(%r); import keras; print(keras.backend.backend())"
    )
    done = subprocess.run([sys.executable, "-c", script % keras.backend.backend()], capture_output=True, text=True)
    assert done.stdout.strip() == keras.backend.backend()
    assert done.stderr == ""


def test_what_a_failing_backend_said_is_shown():
    script = (
        "import os; from nnbench.runtime import quiet\n"
        "with quiet._held_back():\n    os.write(2, b'native complaint'); raise ImportError('broken')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 1
    assert "native complaint" in done.stderr
    assert "broken" in done.stderr


def test_the_stand_in_for_keras_is_not_loaded_by_looking_at_modules():
    """pytest formats tracebacks with `inspect`, which touches every module in ``sys.modules``."""
    script = (
        "import inspect, sys; from nnbench.core.catalog import list_models; list_models()\n"
        "inspect.getmodule(inspect.currentframe()); [hasattr(m, '__file__') for m in list(sys.modules.values())]\n"
        "print(sorted({'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
