"""The TensorFlow engine: everything compiled by ``tf.function``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf

from nnbench.core.dataset import Array
from nnbench.runtime.engine import Inputs, Objective


class TensorFlowEngine:
    """See `nnbench.runtime.engine.Engine`."""

    fuses_steps = True

    def forward(self, model: Any) -> Callable[[Inputs], Any]:
        """See `Engine.forward`."""
        compiled: Callable[[Inputs], Any] = tf.function(lambda x: model(x, training=False), reduce_retracing=True)
        return compiled

    def input_gradient(self, model: Any, objective: Objective) -> Callable[..., tuple[Array, Array, Array]]:
        """See `Engine.input_gradient`."""

        def traced(x: Any, *arrays: Any) -> Any:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(x)
                logits = model(x, training=False)
                values = objective(logits, *arrays)
            gradient = tape.gradient(values, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)
            return values, gradient, logits

        compiled = tf.function(traced, reduce_retracing=True)

        def run(x: Array, *arrays: Array) -> tuple[Array, Array, Array]:
            values, gradient, logits = compiled(tf.constant(x), *map(tf.constant, arrays))
            return values.numpy(), gradient.numpy(), logits.numpy()

        return run

    def gradient(self, function: Callable[[Any], Any], x: Any) -> Any:
        """See `Engine.gradient`."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            values = function(x)
        return tape.gradient(values, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)

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


def _device_name(device: Any) -> str:
    details = tf.config.experimental.get_device_details(device) if device.device_type == "GPU" else {}
    return str(details.get("device_name", device.name))


ENGINE = TensorFlowEngine()
