"""What every backend gives, and the one that is active."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

from nnbench.core.dataset import Array
from nnbench.core.lazy import keras

Tensor = Any
"""A tensor of the active backend."""

Inputs = Array | list[Array]
"""Samples (n, *shape), or a list of them for a model of several inputs."""

Objective = Callable[..., Any]
"""``objective(logits, *arrays) -> per-sample values (n,)``, in ``keras.ops``."""


Tree = dict[str, Any]
"""Arrays by name."""


class Passes(Protocol):
    """A model's passes within a compiled function, with ``training=False``; all arrays are tensors."""

    def logits(self, x: Tensor) -> Tensor:
        """Return the outputs for inputs `x` (n, *shape)."""
        ...

    def gradient(self, objective: Objective, x: Tensor, *arrays: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return ``objective(logits, *arrays)`` (n,), the gradient of its sum in `x`, and the logits."""
        ...

    def repeat(self, step: Callable[[Tensor, Tree], Tree], state: Tree, limit: Tensor) -> tuple[Tensor, Tree]:
        """Apply ``step(i, state)`` at most `limit` times, until ``state["done"]`` (n,) is true throughout.

        Return how often, and the state. Shapes and dtypes of the state must not change.
        """
        ...


class Engine(Protocol):
    """Compiled forward passes, input gradients and training steps on one backend.

    Every function that an `Engine` returns takes and gives NumPy arrays, runs the model with ``training=False`` unless
    it trains, and leaves BatchNorm, Dropout and seed state unchanged unless it trains.
    """

    fuses_steps: bool
    """Whether ``steps_per_execution`` above 1 is accepted."""

    any_batch: bool
    """Whether a compiled function takes batches of any size; otherwise each size is compiled by itself."""

    def forward(self, model: Any) -> Callable[[Inputs], Tensor]:
        """Return ``f(x) -> outputs`` as a tensor on the device, not synchronised."""
        ...

    def input_gradient(self, model: Any, objective: Objective) -> Callable[..., tuple[Array, Array, Array]]:
        """Return ``f(x, *arrays) -> (values (n,), gradient of their sum (n, *shape), logits (n, classes))``."""
        ...

    def function_gradient(self, function: Callable[..., Any], model: Any) -> Callable[..., tuple[Array, Array, Array]]:
        """Return ``f(x, *arrays) -> (values (n,), gradient of their sum in x, outputs)``.

        ``function(x, *arrays)`` gives values and outputs in ``keras.ops`` and calls `model` itself, in any way that
        leaves its state unchanged.
        """
        ...

    def gradient(self, function: Callable[[Tensor], Tensor], x: Tensor, *, again: bool = True) -> Tensor:
        """Return the gradient of the sum of ``function(x)`` in `x`, with the shape of `x`.

        For use within the loss of a `training_step`. `function` must leave all state unchanged: call models with
        ``training=False``, or by ``stateless_call``.

        Args:
            again: whether the loss differentiates the gradient once more; False where it stops there, which is cheaper.
        """
        ...

    def program(self, model: Any, function: Callable[[Passes, Tree, Tree], Tree]) -> Callable[[Tree, Tree], Tree]:
        """Return ``f(rows, fixed)``, which compiles ``function(passes, rows, fixed)`` and gives NumPy arrays.

        Arrays in `rows` are (n, …) for any n; those in `fixed` keep their shapes.
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
