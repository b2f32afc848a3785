"""Forward passes over many samples, and how long they take."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.lazy import keras
from nnbench.core.measurement import HIGHER, LOWER, Measurement
from nnbench.runtime.engine import Inputs, engine

LATENCY_SAMPLES = 100
"""p90 needs at least 64."""

THROUGHPUT_SECONDS = 0.3


class Predictor:
    """A compiled forward pass at one batch size; the last batch is padded, so that nothing compiles twice."""

    def __init__(self, model: Any, batch_size: int) -> None:
        self.batch_size = batch_size
        self._forward = engine().forward(model)

    def __call__(self, x: Inputs) -> Array:
        """Return the outputs (n, …) for `x` (n, *shape)."""
        outputs, n = [], _length(x)
        for start in range(0, n, self.batch_size):
            outputs.append(_host(self._forward(self._batch(x, start))))
        return np.concatenate(outputs)[:n]

    def throughput(self, x: Inputs) -> Measurement:
        """Return samples per second over many batches, synchronised at the end alone."""
        batch = self._batch(x, 0)
        seconds, batches = self._timed(batch, 1), 1
        while seconds < THROUGHPUT_SECONDS:
            batches = max(2 * batches, int(batches * THROUGHPUT_SECONDS / max(seconds, 1e-6)))
            seconds = self._timed(batch, batches)
        n = batches * self.batch_size
        conditions = f"batch {self.batch_size}"
        return Measurement("inference_throughput", n / seconds, "samples/s", HIGHER, n=n, conditions=conditions)

    def _timed(self, batch: Inputs, batches: int) -> float:
        start = time.perf_counter()
        for _ in range(batches):
            output = self._forward(batch)
        engine().wait(output)
        return time.perf_counter() - start

    def _batch(self, x: Inputs, start: int) -> Inputs:
        chosen = np.minimum(np.arange(start, start + self.batch_size), _length(x) - 1)
        return _rows(x, chosen)


def latencies(model: Any, x: Inputs) -> list[float]:
    """Return the seconds of single-sample passes, each synchronised, after a warm-up."""
    forward, wait, n = engine().forward(model), engine().wait, _length(x)
    for i in range(5):
        wait(forward(_rows(x, [i % n])))
    seconds = []
    for i in range(LATENCY_SAMPLES):
        sample = _rows(x, [i % n])
        start = time.perf_counter()
        wait(forward(sample))
        seconds.append(time.perf_counter() - start)
    return seconds


def latency_measurements(seconds: list[float]) -> list[Measurement]:
    """Return the median and the 90th percentile of single-sample latencies."""
    values = np.percentile(seconds, (50, 90))
    names = ("latency_p50", "latency_p90")
    return [Measurement(m, float(v), "s", LOWER, n=len(seconds)) for m, v in zip(names, values, strict=True)]


def _host(tensor: Any) -> Array:
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def _length(x: Inputs) -> int:
    return len(x[0] if isinstance(x, list) else x)


def _rows(x: Inputs, chosen: Any) -> Inputs:
    return [part[chosen] for part in x] if isinstance(x, list) else x[chosen]
