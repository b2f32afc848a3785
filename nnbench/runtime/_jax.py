"""The JAX engine: pure functions of a model's values, compiled by ``jax.jit``.

The values are passed in; closing over the model would bake its weights into the program.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import keras
import numpy as np

from nnbench.core.dataset import Array
from nnbench.runtime.engine import Inputs, Objective, Passes, Tree


class JaxPasses:
    """See `nnbench.runtime.engine.Passes`."""

    def __init__(self, model: Any, values: tuple[Any, Any]) -> None:
        self._model, self._values = model, values

    def logits(self, x: Any) -> Any:
        """See `Passes.logits`."""
        return self._model.stateless_call(*self._values, x, training=False)[0]

    def gradient(self, objective: Objective, x: Any, *arrays: Any) -> tuple[Any, Any, Any]:
        """See `Passes.gradient`."""

        def total(x: Any) -> Any:
            logits = self.logits(x)
            values = objective(logits, *arrays)
            return values.sum(), (values, logits)

        (_, (values, logits)), gradient = jax.value_and_grad(total, has_aux=True)(x)
        return values, gradient, logits

    def repeat(self, step: Callable[[Any, Tree], Tree], state: Tree, limit: Any) -> tuple[Any, Tree]:
        """See `Passes.repeat`."""

        def going(loop: Any) -> Any:
            i, state = loop
            return (i < limit) & ~state["done"].all()

        def body(loop: Any) -> Any:
            i, state = loop
            return i + 1, {key: value.astype(state[key].dtype) for key, value in step(i, state).items()}

        count, state = jax.lax.while_loop(going, body, (jax.numpy.int32(0), state))
        return count, state


class JaxEngine:
    """See `nnbench.runtime.engine.Engine`."""

    fuses_steps = True
    any_batch = False

    def forward(self, model: Any) -> Callable[[Inputs], Any]:
        """See `Engine.forward`."""

        def pure(trainable: Any, non_trainable: Any, x: Any) -> Any:
            return model.stateless_call(trainable, non_trainable, x, training=False)[0]

        compiled = jax.jit(pure)
        return lambda x: compiled(*_values(model), x)

    def input_gradient(self, model: Any, objective: Objective) -> Callable[..., tuple[Array, Array, Array]]:
        """See `Engine.input_gradient`."""

        def total(x: Any, trainable: Any, non_trainable: Any, arrays: Any) -> Any:
            logits, _ = model.stateless_call(trainable, non_trainable, x, training=False)
            values = objective(logits, *arrays)
            return values.sum(), (values, logits)

        compiled = jax.jit(jax.value_and_grad(total, has_aux=True))

        def run(x: Array, *arrays: Array) -> tuple[Array, Array, Array]:
            (_, (values, logits)), gradient = compiled(x, *_values(model), arrays)
            return np.asarray(values), np.asarray(gradient), np.asarray(logits)

        return run

    def function_gradient(self, function: Callable[..., Any], model: Any) -> Callable[..., tuple[Array, Array, Array]]:
        """See `Engine.function_gradient`."""

        def total(x: Any, trainable: Any, non_trainable: Any, arrays: Any) -> Any:
            mapping = [*zip(model.trainable_variables, trainable, strict=True)]
            mapping += zip(model.non_trainable_variables, non_trainable, strict=True)
            with keras.StatelessScope(state_mapping=mapping):
                values, outputs = function(x, *arrays)
            return values.sum(), (values, outputs)

        compiled = jax.jit(jax.value_and_grad(total, has_aux=True))

        def run(x: Array, *arrays: Array) -> tuple[Array, Array, Array]:
            (_, (values, outputs)), gradient = compiled(x, *_values(model), arrays)
            return np.asarray(values), np.asarray(gradient), np.asarray(outputs)

        return run

    def gradient(self, function: Callable[[Any], Any], x: Any, *, again: bool = True) -> Any:
        """See `Engine.gradient`."""
        del again  # what the loss does not differentiate is not computed
        return jax.grad(lambda inputs: function(inputs).sum())(x)

    def program(self, model: Any, function: Callable[[Passes, Tree, Tree], Tree]) -> Callable[[Tree, Tree], Tree]:
        """See `Engine.program`."""
        compiled = jax.jit(lambda values, rows, fixed: function(JaxPasses(model, values), rows, fixed))

        def run(rows: Tree, fixed: Tree) -> Tree:
            return {name: np.asarray(value) for name, value in compiled(_values(model), rows, fixed).items()}

        return run

    def training_step(
        self, loss: Callable[..., Any], trained: Any, frozen: Sequence[Any], optimizer: Any
    ) -> Callable[..., Any]:
        """See `Engine.training_step`."""
        optimizer.build(trained.trainable_variables)
        weights = list(trained.trainable_variables)
        slots = list(optimizer.variables)
        # What the pass may change besides: moving statistics and seeds, of the frozen networks too.
        states = [v for m in (trained, *frozen) for v in m.non_trainable_variables]
        fixed = [v for m in frozen for v in m.trainable_variables]

        def scoped(values: Any, states_in: Any, fixed_in: Any, arrays: Any) -> Any:
            mapping = [*zip(weights, values, strict=True), *zip(states, states_in, strict=True)]
            mapping += zip(fixed, fixed_in, strict=True)
            with keras.StatelessScope(state_mapping=mapping) as scope:
                value = loss(*arrays)
            return value, [scope.get_current_value(v) for v in states]

        def pure(values: Any, states_in: Any, fixed_in: Any, slots_in: Any, arrays: Any) -> Any:
            gradient = jax.value_and_grad(scoped, has_aux=True)
            (value, states_out), gradients = gradient(values, states_in, fixed_in, arrays)
            values, slots_out = optimizer.stateless_apply(slots_in, gradients, values)
            return value, values, states_out, slots_out

        compiled = jax.jit(pure)

        def step(*arrays: Any) -> Any:
            groups = (weights, states, fixed, slots)
            value, *new = compiled(*([v.value for v in group] for group in groups), arrays)
            for group, values in zip((weights, states, slots), new, strict=True):
                for variable, now in zip(group, values, strict=True):
                    variable.assign(now)
            return value

        return step

    def wait(self, tensor: Any) -> None:
        """See `Engine.wait`."""
        jax.block_until_ready(tensor)

    def devices(self) -> dict[str, list[str]]:
        """See `Engine.devices`."""
        return {kind: [d.device_kind for d in _devices(kind)] for kind in ("cpu", "gpu")}

    def on_device(self, kind: str) -> Any:
        """See `Engine.on_device`."""
        return jax.default_device(_devices(kind)[0])

    def deterministic(self) -> None:
        """JAX on the CPU repeats already; on a GPU, XLA_FLAGS decide before the start."""

    def peak_memory(self, kind: str) -> int | None:
        """See `Engine.peak_memory`."""
        stats = _devices(kind)[0].memory_stats() if kind != "cpu" else None
        return int(stats["peak_bytes_in_use"]) if stats else None

    def reset_peak_memory(self, kind: str) -> None:
        """JAX has no reset: the peak is that of the worker's life."""

    def is_out_of_memory(self, error: BaseException) -> bool:
        """See `Engine.is_out_of_memory`."""
        return isinstance(error, jax.errors.JaxRuntimeError) and "RESOURCE_EXHAUSTED" in str(error)

    def version(self) -> str:
        """See `Engine.version`."""
        return str(jax.__version__)


def _values(model: Any) -> tuple[list[Any], list[Any]]:
    return [v.value for v in model.trainable_variables], [v.value for v in model.non_trainable_variables]


def _devices(kind: str) -> list[Any]:
    try:
        return list(jax.devices(kind))
    except RuntimeError:  # JAX's way to say that there is none
        return []


ENGINE = JaxEngine()
