"""The PyTorch engine: forward passes are replayed as graphs; the rest is eager, which costs less than compiling."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras
import numpy as np
import torch

from nnbench.core.dataset import Array
from nnbench.runtime._torch_graph import ReplayedPass
from nnbench.runtime.engine import Inputs, Objective, Passes, Tree


class TorchPasses:
    """See `nnbench.runtime.engine.Passes`."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def logits(self, x: Any) -> Any:
        """See `Passes.logits`."""
        return self._model(x, training=False)

    def gradient(self, objective: Objective, x: Any, *arrays: Any) -> tuple[Any, Any, Any]:
        """See `Passes.gradient`."""
        with torch.enable_grad():
            inputs = x.detach().requires_grad_(True)
            logits = self.logits(inputs)
            values = objective(logits, *arrays)
            gradient = None
            # A model may cut its input off; values then depend on its weights alone, or on nothing.
            if values.requires_grad:
                (gradient,) = torch.autograd.grad(values.sum(), inputs, allow_unused=True)
        gradient = torch.zeros_like(inputs) if gradient is None else gradient
        return values.detach(), gradient.detach(), logits.detach()

    def repeat(self, step: Callable[[Any, Tree], Tree], state: Tree, limit: Any) -> tuple[Any, Tree]:
        """See `Passes.repeat`."""
        count, most = 0, int(limit)
        while count < most and not bool(state["done"].all()):
            new = step(count, state)
            state = {key: value.to(state[key].dtype) for key, value in new.items()}
            count += 1
        return torch.tensor(count), state


class TorchEngine:
    """See `nnbench.runtime.engine.Engine`."""

    fuses_steps = False
    any_batch = True

    def forward(self, model: Any) -> Callable[[Inputs], Any]:
        """See `Engine.forward`."""

        replayed = ReplayedPass(lambda x: model(x, training=False))

        def run(x: Inputs) -> Any:
            with torch.no_grad():
                return replayed(x)

        return run

    def sampled(self, model: Any) -> Callable[[Inputs], Any]:
        """See `Engine.sampled`."""

        def run(x: Inputs) -> Any:
            with torch.no_grad():
                return model(x, training=True)

        return run

    def input_gradient(self, model: Any, objective: Objective) -> Callable[..., tuple[Array, Array, Array]]:
        """See `Engine.input_gradient`."""

        def run(x: Array, *arrays: Array) -> tuple[Array, Array, Array]:
            inputs = keras.ops.convert_to_tensor(x).detach().requires_grad_(True)
            logits = model(inputs, training=False)
            values = objective(logits, *map(keras.ops.convert_to_tensor, arrays))
            (gradient,) = torch.autograd.grad(values.sum(), inputs, allow_unused=True)
            gradient = torch.zeros_like(inputs) if gradient is None else gradient
            return _numpy(values), _numpy(gradient), _numpy(logits)

        return run

    def function_gradient(self, function: Callable[..., Any], model: Any) -> Callable[..., tuple[Array, Array, Array]]:
        """See `Engine.function_gradient`."""
        del model  # eager: its values are those of the moment

        def run(x: Array, *arrays: Array) -> tuple[Array, Array, Array]:
            inputs = keras.ops.convert_to_tensor(x).detach().requires_grad_(True)
            values, outputs = function(inputs, *map(keras.ops.convert_to_tensor, arrays))
            (gradient,) = torch.autograd.grad(values.sum(), inputs, allow_unused=True)
            gradient = torch.zeros_like(inputs) if gradient is None else gradient
            return _numpy(values), _numpy(gradient), _numpy(outputs)

        return run

    def gradient(self, function: Callable[[Any], Any], x: Any, *, again: bool = True) -> Any:
        """See `Engine.gradient`."""
        inputs = x if x.requires_grad else x.detach().requires_grad_(True)
        (gradient,) = torch.autograd.grad(function(inputs).sum(), inputs, create_graph=again, allow_unused=True)
        return torch.zeros_like(inputs) if gradient is None else gradient

    def program(self, model: Any, function: Callable[[Passes, Tree, Tree], Tree]) -> Callable[[Tree, Tree], Tree]:
        """See `Engine.program`."""
        passes = TorchPasses(model)

        def run(rows: Tree, fixed: Tree) -> Tree:
            with torch.no_grad():
                out = function(passes, _tensors(rows), _tensors(fixed))
            return {name: _numpy(value) for name, value in out.items()}

        return run

    def training_step(
        self, loss: Callable[..., Any], trained: Any, frozen: Sequence[Any], optimizer: Any
    ) -> Callable[..., Any]:
        """See `Engine.training_step`."""
        del frozen  # gradients are asked for `trained` alone
        optimizer.build(trained.trainable_variables)

        def step(*arrays: Any) -> Any:
            value = loss(*keras.tree.map_structure(keras.ops.convert_to_tensor, arrays))
            variables = trained.trainable_variables
            gradients = torch.autograd.grad(value, [v.value for v in variables])
            with torch.no_grad():
                optimizer.apply(gradients, variables)
            return value.detach()

        return step

    def wait(self, tensor: Any) -> None:
        """See `Engine.wait`."""
        if torch.is_tensor(tensor) and tensor.is_cuda:
            torch.cuda.synchronize(tensor.device)

    def devices(self) -> dict[str, list[str]]:
        """See `Engine.devices`."""
        gpus = range(torch.cuda.device_count())
        return {"cpu": ["cpu"], "gpu": [torch.cuda.get_device_name(i) for i in gpus]}

    def on_device(self, kind: str) -> Any:
        """See `Engine.on_device`."""
        return keras.device("gpu:0" if kind == "gpu" else "cpu")

    def exporting(self) -> AbstractContextManager[None]:
        """See `Engine.exporting`."""
        return nullcontext()

    def deterministic(self) -> None:
        """See `Engine.deterministic`."""
        torch.use_deterministic_algorithms(True, warn_only=True)

    def peak_memory(self, kind: str) -> int | None:
        """See `Engine.peak_memory`."""
        return None if kind == "cpu" else int(torch.cuda.max_memory_allocated())

    def reset_peak_memory(self, kind: str) -> None:
        """See `Engine.reset_peak_memory`."""
        if kind != "cpu":
            gc.collect()
            torch.cuda.reset_peak_memory_stats()

    def is_out_of_memory(self, error: BaseException) -> bool:
        """See `Engine.is_out_of_memory`."""
        return isinstance(error, torch.OutOfMemoryError) or "not enough memory" in str(error)

    def version(self) -> str:
        """See `Engine.version`."""
        return str(torch.__version__)


def _tensors(arrays: Tree) -> Tree:
    return {name: keras.ops.convert_to_tensor(array) for name, array in arrays.items()}


def _numpy(tensor: Any) -> Array:
    return np.asarray(tensor.detach().cpu())


ENGINE = TorchEngine()
