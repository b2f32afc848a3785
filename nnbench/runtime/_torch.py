"""The PyTorch engine: eager, since compiling costs more than it saves on a CPU."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras
import numpy as np
import torch

from nnbench.core.dataset import Array
from nnbench.runtime.engine import Inputs, Objective


class TorchEngine:
    """See `nnbench.runtime.engine.Engine`."""

    fuses_steps = False

    def forward(self, model: Any) -> Callable[[Inputs], Any]:
        """See `Engine.forward`."""

        def run(x: Inputs) -> Any:
            with torch.no_grad():
                return model(x, training=False)

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

    def gradient(self, function: Callable[[Any], Any], x: Any) -> Any:
        """See `Engine.gradient`."""
        inputs = x if x.requires_grad else x.detach().requires_grad_(True)
        (gradient,) = torch.autograd.grad(function(inputs).sum(), inputs, create_graph=True, allow_unused=True)
        return torch.zeros_like(inputs) if gradient is None else gradient

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


def _numpy(tensor: Any) -> Array:
    return np.asarray(tensor.detach().cpu())


ENGINE = TorchEngine()
