"""A Keras callback that times phases and keeps curves, without slowing the training."""

from __future__ import annotations

import time
from typing import Any

import keras

from nnbench.training.record import OnEpoch, TrainingRecord


class PhaseClock(keras.callbacks.Callback):  # type: ignore[misc]
    """Fills a `TrainingRecord`; the clock starts when the callback is made, right before ``fit``.

    Epochs end with their logs on the host, which is a synchronisation, so the phases are cut there. Only the first
    step is marked within an epoch; ``async_safe`` tells Keras that this needs no synchronisation after each batch.
    """

    async_safe = True

    def __init__(self, record: TrainingRecord, samples_per_epoch: int, on_epoch: OnEpoch) -> None:
        super().__init__()
        self.record = record
        self._samples = samples_per_epoch
        self._on_epoch = on_epoch
        self._mark = time.perf_counter()
        self._first_step_done = False

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Mark the first step."""
        if not self._first_step_done:
            self._first_step_done = True
            self._lap("first_step")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Close a phase, log the epoch, and stop at once where a value is not finite."""
        if epoch == 0:
            self._lap("warmup")
        else:
            self._lap("steady")
            self.record.steady_samples += self._samples
        self.record.log(**{name: float(value) for name, value in (logs or {}).items()})
        self._on_epoch(epoch + 1, self.params["epochs"])

    def _lap(self, phase: str) -> None:
        now = time.perf_counter()
        self.record.seconds[phase] += now - self._mark
        self._mark = now
