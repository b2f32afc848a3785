"""What a network computes: finite, the same alone and in a batch, compiled or not, in any precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.lazy import keras
from nnbench.runtime.engine import engine
from nnbench.testing._model_samples import numpy, samples

POLICIES = ("mixed_bfloat16", "float16")


def check_outputs(label: str, network: Any) -> Array:
    """Check the outputs, and return them; they are those of `samples`."""
    x = samples(network)
    outputs = numpy(engine().forward(network)(x))
    assert np.isfinite(outputs).all(), f"{label}: outputs are not finite"
    assert np.ptp(outputs) > 0, f"{label}: outputs are all the same"
    alone = numpy(network(_first(x), training=False))
    assert np.allclose(outputs[:1], alone, rtol=1e-3, atol=1e-4), (
        f"{label}: a sample's output, uncompiled and alone, is not that of the compiled batch"
    )
    return outputs


def check_finite(label: str, network: Any) -> None:
    """Check that two samples have finite outputs."""
    outputs = network(samples(network, 2), training=False)
    assert np.isfinite(numpy(outputs)).all(), f"{label}: outputs are not finite"


def check_logits(name: str, network: Any) -> None:
    """Check that the outputs are not probabilities."""
    logits = numpy(engine().forward(network)(keras.tree.map_structure(lambda x: 10 * x, samples(network))))
    probabilities = np.allclose(logits.sum(-1), 1, atol=1e-3) and (logits >= 0).all()
    assert not probabilities, f"{name}: gives probabilities, not logits"


def check_precision(name: str, build: Callable[[], Mapping[str, Any]]) -> None:
    """Check that the networks give finite values where Keras computes in 16 bits."""
    for policy in POLICIES:
        with _policy(policy):
            for role, network in build().items():
                check_finite(f"{name} ({role}) in {policy}", network)


@contextmanager
def _policy(name: str) -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _first(x: Any) -> Any:
    return keras.tree.map_structure(lambda array: array[:1], x)
