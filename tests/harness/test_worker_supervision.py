"""Whatever happens in a worker becomes a verdict, and the next case runs."""

import math
import time

import pytest

from nnbench.harness.supervision import Worker
from nnbench.runtime.memory import rss

MEBIBYTE = 2**20
UNLIMITED = 1 << 50
PATIENCE = 240


@pytest.fixture(scope="module")
def start(tmp_path_factory, backend, offline):
    """A function that returns a worker that runs; the same one as long as it lives."""
    log = tmp_path_factory.mktemp("workers") / "worker.log"
    started = []

    def worker():
        if not started or not started[-1].alive:
            started.append(Worker(backend, "cpu", log=log, memory_limit=UNLIMITED))
        return started[-1]

    yield worker
    for one in started:
        one.close()


def run(worker, planned, timeout=PATIENCE):
    seen = []
    verdict = worker.run(planned.case, timeout=timeout, progress=lambda *event: seen.append(event))
    return verdict, seen


def works(worker, planned, seed):
    return run(worker, planned("faulty_builders:linear", seed=seed))[0].status == "ok"


def test_a_case_gives_its_measurements_and_tells_its_progress(start, planned):
    worker = start()
    verdict, seen = run(worker, planned())
    assert (verdict.status, verdict.reason, verdict.error) == ("ok", "", "")
    values = {m.metric: m.value for m in verdict.outcome.measurements}
    assert values["parameters"] == 4 * 3 + 3
    assert 0 <= values["accuracy"] <= 1
    assert values["time_build"] > 0
    assert values["peak_memory"] > 50 * MEBIBYTE
    assert len(verdict.outcome.samples["latency"]) == 100
    assert set(verdict.outcome.curves) == {"loss", "accuracy"}
    phases = list(dict.fromkeys(phase for phase, *_ in seen))
    assert phases[-4:] == ["data", "build", "training", "evaluation"]
    assert ("training", 2, 2) in seen
    assert worker.ready["devices"]["cpu"]
    assert worker.ready["seconds"] > 0


def test_the_same_case_twice_gives_the_same_numbers(start, planned):
    case = planned("mlp_tiny", "two_moons", seed=5)
    first, second = (run(start(), case)[0].outcome for _ in range(2))
    assert first.curves == second.curves
    quality = [{m.metric: m.value for m in o.measurements if m.metric in ("accuracy", "nll")} for o in (first, second)]
    assert quality[0] == quality[1]


def test_a_builder_that_raises_is_an_error_with_its_first_line(start, planned):
    worker = start()
    verdict, _ = run(worker, planned("faulty_builders:raises"))
    assert (verdict.status, verdict.reason) == ("error", "RuntimeError: the builder gives up")
    assert "in raises" in verdict.error
    assert start() is worker
    assert works(worker, planned, 1)


def test_a_builder_that_gives_no_model_is_an_error(start, planned):
    verdict, _ = run(start(), planned("faulty_builders:gives_no_model"))
    assert verdict.status == "error"
    assert verdict.reason == "faulty_builders:gives_no_model must return a keras.Model. Received: dict."


def test_values_that_are_not_finite_are_a_divergence(start, planned):
    verdict, _ = run(start(), planned("faulty_builders:not_finite"))
    assert verdict.status == "diverged"
    assert "nan" in verdict.reason or "not finite" in verdict.reason


def test_a_missing_dataset_is_an_error_that_says_which_file_belongs_where(start, planned, offline):
    verdict, _ = run(start(), planned("mlp", "fashion_mnist"))
    assert verdict.status == "error"
    assert str(offline / "datasets") in verdict.reason
    assert "train-images" in verdict.reason
    assert "Traceback" in verdict.error


def test_a_gpu_that_is_not_there_is_skipped_with_what_there_is(start, planned, backend):
    verdict, _ = run(start(), planned(device="gpu"))
    assert verdict.status == "skipped"
    assert verdict.reason.startswith(f"no gpu here for the backend {backend} (it sees cpu: ")


def test_what_a_builder_prints_is_no_event(start, planned):
    assert run(start(), planned("faulty_builders:talks"))[0].status == "ok"
    assert works(start(), planned, 2)


def test_measurements_that_have_no_value_survive_the_way_to_the_parent(start, planned):
    verdict, _ = run(start(), planned(epochs=1))
    (throughput,) = [m for m in verdict.outcome.measurements if m.metric == "training_throughput"]
    assert math.isnan(throughput.value)
    assert throughput.reason == "the training ended within its first epoch, before a steady phase"


def test_a_backend_that_does_not_start_is_told(planned, backend, offline, tmp_path, monkeypatch):
    monkeypatch.setattr("nnbench.harness.supervision.START_SECONDS", 0.25)
    worker = Worker(backend, "cpu", log=tmp_path / "worker.log", memory_limit=UNLIMITED)
    verdict, _ = run(worker, planned())
    worker.close()
    assert (verdict.status, verdict.reason) == ("timeout", f"the backend {backend} did not start within 0.25 s")


def test_a_worker_that_leaves_is_a_crash_with_its_last_words(start, planned):
    verdict, _ = run(start(), planned("faulty_builders:leaves"))
    assert verdict.status == "crash"
    assert verdict.reason == "the worker process ended by itself with exit code 7 (the last words)"


def test_a_builder_that_hangs_is_stopped(start, planned):
    worker = start()
    assert works(worker, planned, 3)
    began = time.monotonic()
    verdict, _ = run(worker, planned("faulty_builders:hangs"), timeout=2)
    assert (verdict.status, verdict.reason) == ("timeout", "stopped after 2 s; --timeout allows more")
    assert time.monotonic() - began < 60
    assert not worker.alive


def test_a_builder_that_takes_too_much_memory_is_stopped(start, planned):
    worker = start()
    assert works(worker, planned, 4)
    used = rss(worker.pid)
    assert not worker.leaks
    worker.memory_limit = used + 300 * MEBIBYTE
    verdict, _ = run(worker, planned("faulty_builders:hungry"))
    assert verdict.status == "oom"
    limit = worker.memory_limit / 2**30
    assert verdict.reason.endswith(f"GiB of resident memory; --memory-limit allows {limit:.1f} GiB")
    assert not worker.alive
    assert rss(worker.pid) == 0
