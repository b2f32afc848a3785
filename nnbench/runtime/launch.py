"""How a process is started so that Keras takes a backend and a device. Imports no backend."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping

from nnbench.core.errors import ArgumentError
from nnbench.core.registry import did_you_mean
from nnbench.runtime.names import BACKENDS, DEVICES, EXTRAS, MODULES

_QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "GRPC_VERBOSITY": "ERROR",
    "ABSL_MIN_LOG_LEVEL": "3",
    "PYTHONUNBUFFERED": "1",
}
# Take memory as it is needed, so that the peak says what a case used.
_ON_DEMAND = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
_CPU_ONLY = {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
_REPEATABLE_GPU = {"CUBLAS_WORKSPACE_CONFIG": ":4096:8"}


def worker_environment(backend: str, device: str, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment variables of a process that runs `backend` on `device`, quietly."""
    check_backend(backend)
    check_device(device)
    own = {"KERAS_BACKEND": backend, **_QUIET, **_ON_DEMAND, **(_CPU_ONLY if device == "cpu" else _REPEATABLE_GPU)}
    return {**(os.environ if base is None else base), **own}


def missing_backend(backend: str) -> str:
    """Return why `backend` cannot be used here, or an empty string."""
    if importlib.util.find_spec(MODULES[backend]) is None:
        return f"the backend {backend} is not installed; `pip install '{EXTRAS[backend]}'` brings it"
    return ""


def check_backend(backend: str) -> None:
    """Refuse a backend that Keras does not have.

    Raises:
        ArgumentError: with the nearest name.
    """
    if backend not in BACKENDS:
        hint = did_you_mean(backend, list(BACKENDS))
        raise ArgumentError(f"backend must be one of {', '.join(BACKENDS)}. Received: {backend!r}.{hint}")


def check_device(device: str) -> None:
    """Refuse a device that is neither ``cpu`` nor ``gpu``.

    Raises:
        ArgumentError: with the ones there are.
    """
    if device not in DEVICES:
        raise ArgumentError(f"device must be one of {', '.join(DEVICES)}. Received: {device!r}.")
