"""The TensorFlow engine: everything compiled by ``tf.function``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf

from nnbench.core.dataset import Array
from nnbench.runtime._tensorflow_gradients import input_gradient, quick_convolutions
from nnbench.runtime.engine import Inputs, Objective, Passes, Tree

Specs = tuple[tuple[str, tuple[int | None, ...], Any], ...]
"""Names, shapes and dtypes of arrays."""


class TensorFlowPasses:
    """See `nnbench.runtime.engine.Passes`."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def logits(self, x: Any) -> Any:
        """See `Passes.logits`."""
        return self._model(x, training=False)

    def gradient(self, objective: Objective, x: Any, *arrays: Any) -> tuple[Any, Any, Any]:
        """See `Passes.gradient`."""
        with quick_convolutions():
            logits = self.logits(x)
        values = objective(logits, *arrays)
        return values, input_gradient(values, x), logits

    def repeat(self, step: Callable[[Any, Tree], Tree], state: Tree, limit: Any) -> tuple[Any, Tree]:
        """See `Passes.repeat`."""

        def going(i: Any, state: Tree) -> Any:
            return tf.logical_and(i < limit, tf.logical_not(tf.reduce_all(state["done"])))

        def body(i: Any, state: Tree) -> tuple[Any, Tree]:
            new = step(i, state)
            return i + 1, {key: _of_shape(value, state[key].shape) for key, value in new.items()}

        # Each step needs the one before: room for several at a time is book-keeping alone.
        count, state = tf.while_loop(going, body, (tf.constant(0), state), parallel_iterations=1)
        return count, state


class TensorFlowEngine:
    """See `nnbench.runtime.engine.Engine`."""

    fuses_steps = True
    any_batch = True

    def forward(self, model: Any) -> Callable[[Inputs], Any]:
        """See `Engine.forward`."""
        compiled: Callable[[Inputs], Any] = tf.function(lambda x: model(x, training=False), reduce_retracing=True)
        return compiled

    def sampled(self, model: Any) -> Callable[[Inputs], Any]:
        """See `Engine.sampled`."""
        compiled: Callable[[Inputs], Any] = tf.function(lambda x: model(x, training=True), reduce_retracing=True)
        return compiled

    def input_gradient(self, model: Any, objective: Objective) -> Callable[..., tuple[Array, Array, Array]]:
        """See `Engine.input_gradient`."""

        def traced(x: Any, *arrays: Any) -> Any:
            return TensorFlowPasses(model).gradient(objective, x, *arrays)

        compiled = tf.function(traced, reduce_retracing=True)

        def run(x: Array, *arrays: Array) -> tuple[Array, Array, Array]:
            values, gradient, logits = compiled(tf.constant(x), *map(tf.constant, arrays))
            return values.numpy(), gradient.numpy(), logits.numpy()

        return run

    def function_gradient(self, function: Callable[..., Any], model: Any) -> Callable[..., tuple[Array, Array, Array]]:
        """See `Engine.function_gradient`."""
        del model  # its values are read when the graph runs

        def traced(x: Any, *arrays: Any) -> Any:
            with quick_convolutions():
                values, outputs = function(x, *arrays)
            return values, input_gradient(values, x), outputs

        compiled = tf.function(traced, reduce_retracing=True)

        def run(x: Array, *arrays: Array) -> tuple[Array, Array, Array]:
            values, gradient, outputs = compiled(tf.constant(x), *map(tf.constant, arrays))
            return values.numpy(), gradient.numpy(), outputs.numpy()

        return run

    def gradient(self, function: Callable[[Any], Any], x: Any, *, again: bool = True) -> Any:
        """See `Engine.gradient`."""
        del again  # what the loss does not differentiate is pruned from the graph
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            values = function(x)
        return tape.gradient(values, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    def program(self, model: Any, function: Callable[[Passes, Tree, Tree], Tree]) -> Callable[[Tree, Tree], Tree]:
        """See `Engine.program`."""
        passes = TensorFlowPasses(model)
        compiled: dict[Any, Any] = {}

        def run(rows: Tree, fixed: Tree) -> Tree:
            key = _specs(rows, 1), _specs(fixed, 0)
            if key not in compiled:
                compiled[key] = _of_leaves(lambda r, f: function(passes, r, f), *key)
            # A compiled function looks at every leaf of a tree; tensors one by one cost it less.
            leaves = [tf.constant(tree[name]) for tree in (rows, fixed) for name in sorted(tree)]
            return {name: value.numpy() for name, value in compiled[key](*leaves).items()}

        return run

    def training_step(
        self, loss: Callable[..., Any], trained: Any, frozen: Sequence[Any], optimizer: Any
    ) -> Callable[..., Any]:
        """See `Engine.training_step`."""
        del frozen  # a tape that differentiates only `trained` leaves the others alone
        optimizer.build(trained.trainable_variables)

        def step(*arrays: Any) -> Any:
            with tf.GradientTape() as tape:
                value = loss(*arrays)
            variables = trained.trainable_variables
            optimizer.apply(tape.gradient(value, variables), variables)
            return value

        compiled: Callable[..., Any] = tf.function(step)
        return compiled

    def wait(self, tensor: Any) -> None:
        """See `Engine.wait`."""
        np.asarray(tensor)

    def devices(self) -> dict[str, list[str]]:
        """See `Engine.devices`."""
        found = {kind: tf.config.list_physical_devices(kind.upper()) for kind in ("cpu", "gpu")}
        return {kind: [_device_name(d) for d in devices] for kind, devices in found.items()}

    def on_device(self, kind: str) -> Any:
        """See `Engine.on_device`."""
        return tf.device(f"/{kind}:0")

    @contextmanager
    def exporting(self) -> Iterator[None]:
        """See `Engine.exporting`."""
        function = tf.function

        def without_xla(func: Any = None, **options: Any) -> Any:
            if not options.get("jit_compile"):
                return function(func, **options)
            return (lambda plain: plain) if func is None else func

        # Keras leaves grouped convolutions to XLA, in a function that no exporter can open.
        tf.function = without_xla
        try:
            yield
        finally:
            tf.function = function

    def deterministic(self) -> None:
        """See `Engine.deterministic`. TensorFlow on the CPU repeats already, and the switch would cost it speed."""
        if tf.config.list_physical_devices("GPU"):
            tf.config.experimental.enable_op_determinism()

    def peak_memory(self, kind: str) -> int | None:
        """See `Engine.peak_memory`."""
        return None if kind == "cpu" else int(tf.config.experimental.get_memory_info(f"{kind}:0")["peak"])

    def reset_peak_memory(self, kind: str) -> None:
        """See `Engine.reset_peak_memory`."""
        if kind != "cpu":
            tf.config.experimental.reset_memory_stats(f"{kind}:0")

    def is_out_of_memory(self, error: BaseException) -> bool:
        """See `Engine.is_out_of_memory`."""
        return isinstance(error, tf.errors.ResourceExhaustedError)

    def version(self) -> str:
        """See `Engine.version`."""
        return str(tf.__version__)


def _of_shape(value: Any, shape: Any) -> Any:
    """Tell a loop sizes that operations have forgotten."""
    return value if value.shape == shape else tf.ensure_shape(value, shape)


def _specs(arrays: Tree, any_size: int) -> Specs:
    """Describe arrays in the order of their names; the first `any_size` axes may change."""
    return tuple(
        (name, (None,) * any_size + np.shape(array)[any_size:], np.asarray(array).dtype)
        for name, array in sorted(arrays.items())
    )


def _of_leaves(function: Callable[[Tree, Tree], Tree], rows: Specs, fixed: Specs) -> Any:
    """Compile a function of two trees as one of their leaves, in the order of `rows` and then `fixed`."""
    names = [[name for name, _, _ in specs] for specs in (rows, fixed)]

    def of_leaves(*leaves: Any) -> Tree:
        return function(
            dict(zip(names[0], leaves, strict=False)), dict(zip(names[1], leaves[len(rows) :], strict=True))
        )

    signature = [tf.TensorSpec(shape, dtype) for _, shape, dtype in (*rows, *fixed)]
    return tf.function(of_leaves, input_signature=signature).get_concrete_function()


def _device_name(device: Any) -> str:
    details = tf.config.experimental.get_device_details(device) if device.device_type == "GPU" else {}
    return str(details.get("device_name", device.name))


ENGINE = TensorFlowEngine()
