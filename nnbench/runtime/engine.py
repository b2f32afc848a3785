"""What every backend gives, and the one that is active."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, cast

from nnbench.core.dataset import Array
from nnbench.core.lazy import keras

Tensor = Any
"""A tensor of the active backend."""

Inputs = Array | list[Array]
"""Samples (n, *shape), or a list of them for a model of several inputs."""

Objective = Callable[..., Any]
"""``objective(logits, *arrays) -> per-sample values (n,)``, in ``keras.ops``."""


class Engine(Protocol):
    """Compiled forward passes, input gradients and training steps on one backend.

    Every function that an `Engine` returns takes and gives NumPy arrays, runs the model with ``training=False`` unless
    it trains, and leaves BatchNorm, Dropout and seed state unchanged unless it trains.
    """

    fuses_steps: bool
    """Whether ``steps_per_execution`` above 1 is accepted."""

    def forward(self, model: Any) -> Callable[[Inputs], Tensor]:
        """Return ``f(x) -> outputs`` as a tensor on the device, not synchronised."""
        ...

    def input_gradient(self, model: Any, objective: Objective) -> Callable[..., tuple[Array, Array, Array]]:
        """Return ``f(x, *arrays) -> (values (n,), gradient of their sum (n, *shape), logits (n, classes))``."""
        ...

    def gradient(self, function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
        """Return the gradient of the sum of ``function(x)`` in `x`, with the shape of `x`.

        For use within the loss of a `training_step`, which differentiates it once more. `function` must leave all state
        unchanged: call models with ``training=False``.
        """
        ...

    def training_step(
        self, loss: Callable[..., Any], trained: Any, frozen: Sequence[Any], optimizer: Any
    ) -> Callable[..., Any]:
        """Return ``f(*arrays) -> loss`` that updates `trained`'s weights.

        ``loss(*arrays)`` is a scalar in ``keras.ops`` and calls `trained` and the `frozen` models itself.
        """
        ...

    def wait(self, tensor: Tensor) -> None:
        """Return when `tensor` has been computed."""
        ...

    def devices(self) -> dict[str, list[str]]:
        """Return the names of the devices there are, by kind (``cpu``, ``gpu``)."""
        ...

    def on_device(self, kind: str) -> Any:
        """Return a context in which models are built and run on the first device of a kind."""
        ...

    def exporting(self) -> AbstractContextManager[None]:
        """Return a context in which models are traced as exporters need them, of plain operations alone."""
        ...

    def deterministic(self) -> None:
        """Ask for results that a seed repeats to the last digit."""
        ...

    def peak_memory(self, kind: str) -> int | None:
        """Return the device's peak allocated bytes since `reset_peak_memory`; None for the CPU."""
        ...

    def reset_peak_memory(self, kind: str) -> None:
        """Start a new peak."""
        ...

    def is_out_of_memory(self, error: BaseException) -> bool:
        """Return whether `error` says that memory ran out."""
        ...

    def version(self) -> str:
        """Return the backend library's version."""
        ...


@functools.cache
def engine() -> Engine:
    """Return the engine of Keras's active backend."""
    module = importlib.import_module(f"nnbench.runtime._{keras.backend.backend()}")
    return cast(Engine, module.ENGINE)
